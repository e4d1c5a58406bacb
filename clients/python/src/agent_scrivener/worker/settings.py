"""What a worker is told when it starts: the options of `scrivener-worker`, under the same names."""

from dataclasses import dataclass, field

from ..model.text import is_name, is_worker_id

#: A coordinator takes 64 tags and 64 resources, memory among them.
MOST_NAMES = 63
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """The settings of a worker. `Worker` says what each means."""

    coordinator: str
    worker_id: str
    data: str | None = None
    slots: int = 4
    tags: tuple[str, ...] = ()
    resources: dict[str, int] = field(default_factory=dict)
    health_check_seconds: float = 30.0
    orphan_grace_seconds: float = 60.0
    drain_seconds: float = 8.0
    stop_seconds: float = 1.5
    max_message_bytes: int = 8 * MIB
    coordinator_key: str | None = None
    key: str | None = None
    pool_token: str | None = None
    enrol: str | None = None

    @property
    def mistakes(self) -> list[str]:
        """Everything that is wrong; nothing when they are sound."""
        found = []
        if not is_worker_id(self.worker_id):
            found.append(
                "id must be 1…128 characters of a–z A–Z 0–9 _ - . :, a pool's name 1…64, and "
                f"neither . nor .., got {self.worker_id!r}")
        for name, endpoint in (("coordinator", self.coordinator), ("enrol", self.enrol)):
            if endpoint is not None and not endpoint.startswith(("tcp://", "ipc://")):
                found.append(f"{name} must be tcp://host:port, got {endpoint!r}")
        for name, value, low, high in (
                ("slots", self.slots, 1, 10_000),
                ("max_message_bytes", self.max_message_bytes, 4 * MIB, 256 * MIB),
                ("health_check_seconds", self.health_check_seconds, 1, 86_400),
                ("orphan_grace_seconds", self.orphan_grace_seconds, 1, 86_400),
                ("drain_seconds", self.drain_seconds, 0, 86_400),
                ("stop_seconds", self.stop_seconds, 0, 86_400)):
            if not low <= value <= high:
                found.append(f"{name} must be {low}…{high}, got {value}")
        return found + self._name_mistakes() + self._key_mistakes()

    def _name_mistakes(self) -> list[str]:
        found = []
        for text in (*self.tags, *self.resources):
            if not is_name(text):
                found.append(
                    "a tag or resource must be 1…128 characters of a–z A–Z 0–9 _ - . :, "
                    f"got {text!r}")
        for name, amount in self.resources.items():
            if not 1 <= amount <= 1_000_000_000:
                found.append(f"resource {name} must be 1…1000000000, got {amount}")
        if "slots" in self.resources:
            found.append("slots have an option of their own, and are no resource")
        for name, count in (("tags", len(self.tags)), ("resources", len(self.resources))):
            if count > MOST_NAMES:
                found.append(f"{name} must be {MOST_NAMES} at most, got {count}")
        return found

    def _key_mistakes(self) -> list[str]:
        found = []
        if self.key is not None and self.pool_token is not None:
            found.append(
                "key and pool_token exclude each other: a worker has a key, or enrols")
        has_own = self.key is not None or self.pool_token is not None
        if (self.coordinator_key is not None) != has_own:
            found.append("coordinator_key goes with key or with pool_token, and they with it")
        if self.enrol is not None and self.pool_token is None:
            found.append("enrol goes with pool_token")
        if self.pool_token is not None and "/" not in self.worker_id:
            found.append("pool_token needs a pool to be a replica of")
        return found
