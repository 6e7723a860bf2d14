"""How the simulated cluster is built: names, UUIDs and disks, as in the transcripts of the real one."""

from __future__ import annotations

from dataclasses import dataclass

CLUSTER = "cluster.lab.example"
CLUSTER_UUID = "6ddcadca-5096-497b-84b8-f36f6f99ddaf"
GROUP_UUID = "73c962b5-05a0-42f7-9c14-31e93cbd946d"
MASTER_IP = "10.77.0.100"
MASTER_NETDEV = "loopback1"
NODE_PORT = 1811
VOLUME_GROUP = "vg0"

NODE_UUIDS = (
    "a253936f-c34a-46be-b3cd-b19d19d13ae1",
    "75fba29b-fb89-453d-9354-aabedf75a77b",
    "c0f1d3aa-0d5e-4c1e-9a57-6b2f3f0e7d11",
)


@dataclass(frozen=True, slots=True)
class DiskPlan:
    """A DRBD disk: its two volumes carry `volume` in their names."""

    uuid: str
    volume: str
    size: int
    minor: int
    children: tuple[str, str]


@dataclass(frozen=True, slots=True)
class InstancePlan:
    name: str
    uuid: str
    primary: int
    secondary: int
    disks: tuple[DiskPlan, ...]


INSTANCES = (
    InstancePlan(
        "inst1.lab.example",
        "1943686c-4454-4e65-bff1-efcfdb9fa460",
        1,
        2,
        (
            DiskPlan(
                "347d0b57-c60f-4ef8-a168-107a2fb874c2",
                "b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0",
                64,
                0,
                ("818f2396-3678-44ba-ad83-6e2022276ae3", "5e178e06-0b6d-4a73-98cf-ae957b1710dd"),
            ),
        ),
    ),
    InstancePlan(
        "inst2.lab.example",
        "62c7ca96-af51-4c69-811d-c7f956156329",
        2,
        1,
        (
            DiskPlan(
                "67e8f6fb-8736-435f-98fa-0e2711ba17a8",
                "474ccc51-643f-4063-9604-b07d13ca3e6d.disk0",
                64,
                1,
                ("60110663-dc20-4174-995e-47a003ddb1fe", "9f2a50af-8b5f-41db-9fa5-f4dd33368aa2"),
            ),
        ),
    ),
    InstancePlan(
        "inst3.lab.example",
        "fe7f3396-a17d-4299-b3bd-f0d27450f3f2",
        1,
        2,
        (
            DiskPlan(
                "599d2440-1af9-4db4-9ed2-69951539b22a",
                "89f46163-005b-4dff-9865-dd9b688497d9.disk0",
                64,
                2,
                ("cb70b3e7-36ff-44a8-a608-4f00fa311b9e", "0d6bf450-01fb-47c2-a042-49b96b19ff0f"),
            ),
            DiskPlan(
                "ec3461fe-1b7e-4c05-8cf2-b4e5ca3b2c1b",
                "059b6111-83e5-4484-ba90-583f08b4f866.disk1",
                32,
                3,
                ("81d98473-ae11-49ad-8082-acf228bf094e", "3461b137-8a98-404a-adc0-778311240f50"),
            ),
        ),
    ),
    InstancePlan(
        "inst4.lab.example",
        "bc89ab2a-5b26-41e0-8cc2-93b4db8f42a3",
        2,
        1,
        (
            DiskPlan(
                "8f69cf6b-1ced-4709-9ffe-a428d1c0baff",
                "845954fa-09db-4784-8708-cfe36a1b3f4b.disk0",
                256,
                4,
                ("020b5fef-13cb-4efb-b870-cf413168a9ad", "b4790179-528d-4afe-b3f4-f3f0cec116b0"),
            ),
        ),
    ),
)


def node_name(number: int) -> str:
    return f"hwhost-{number}.lab.example"
