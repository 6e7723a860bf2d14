"""Power and the replication network of a node: what going and coming back of either does to it and to its peers."""

from __future__ import annotations

from checks.world import kernel
from checks.world.cluster import SimulatedCluster
from checks.world.drbd.handshake import meet
from checks.world.drbd.parting import part
from checks.world.drbd.resync import interrupt
from checks.world.ganeti import daemons
from checks.world.node.machine import Machine


def power_off(cluster: SimulatedCluster, machine: Machine) -> None:
    """Its power fails; the peers of its devices notice."""
    left = [(side, cluster.peer_side(side)) for side in machine.drbd.values()]
    for side, peer in left:
        if peer is not None:
            interrupt(cluster, side, peer)
    machine.lose_power()
    for _side, peer in left:
        if peer is not None:
            part(cluster, peer, None)


def power_on(cluster: SimulatedCluster, machine: Machine) -> None:
    """Boot: the node is there at once for ssh, its daemons come as the init script starts them."""
    if machine.powered:
        return
    machine.powered = True
    machine.on_cluster_net = machine.on_our_net = True
    machine.boots += 1
    machine.next_pid = 871
    kernel.boot(machine)
    daemons.start_at_boot(cluster, machine)


def set_replication(cluster: SimulatedCluster, machine: Machine, *, works: bool) -> None:
    """Cut a node's replication network, or heal it."""
    if works == machine.on_replication_net:
        return
    pairs = [(side, cluster.peer_side(side)) for side in machine.drbd.values()]
    machine.on_replication_net = works
    for side, peer in pairs:
        if peer is not None:
            part(cluster, side, peer)
            part(cluster, peer, side)
    for side in list(machine.drbd.values()) if works else ():
        meet(cluster, side)
