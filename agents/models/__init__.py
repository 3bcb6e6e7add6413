from agents.models.model_version import ModelDrift, ModelState, ModelVersion
from agents.models.run import Agent, Run, RunState, Step
from agents.models.spending import Spending

__all__ = ["Agent", "ModelDrift", "ModelState", "ModelVersion", "Run", "RunState", "Spending", "Step"]
