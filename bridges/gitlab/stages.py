"""How far a pipeline or a deployment is."""

from appservice.languages import N_
from bridges.readings import State, StateClass

RUNNING = State(N_("Running"), StateClass.PROGRESS)
QUEUED = State(N_("Queued"), StateClass.OPEN)
WAITING = State(N_("Waiting"), StateClass.BLOCKED)
CANCELLED = State(N_("Cancelled"), StateClass.BLOCKED)
FAILED = State(N_("Failed"), StateClass.FAILED)
