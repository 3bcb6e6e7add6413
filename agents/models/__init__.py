from agents.models.run import Agent, Run, RunState, Step

__all__ = ["Agent", "Run", "RunState", "Step"]
