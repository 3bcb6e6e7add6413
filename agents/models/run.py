"""What the agents did, kept so that it can be watched."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from common.models import UUIDModel


class Agent(models.TextChoices):
    SCANNING = "scanning", "Scanning"
    PRICING = "pricing", "Pricing"
    PLANNING = "planning", "Planning"
    MESSAGING = "messaging", "Messaging"
    TRAINING = "training", "Training"


class RunState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Run(UUIDModel):
    """One piece of work of one agent, from its start to its end."""

    agent = models.CharField(max_length=10, choices=Agent.choices)
    trigger = models.CharField(max_length=60, help_text="What set it off, such as schedule or command.")
    subject = models.CharField(max_length=200, blank=True, help_text="What it worked on, such as a source's title.")
    source = models.ForeignKey("deals.Source", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.RUNNING)
    summary = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["-started_at"], name="run_started")]

    def __str__(self) -> str:
        return f"{self.agent} {self.started_at:%Y-%m-%d %H:%M}"


class Step(UUIDModel):
    """One step of a run: what was done, how it ended, and its figures."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.RUNNING)
    detail = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_step_per_position")]

    def __str__(self) -> str:
        return self.name
