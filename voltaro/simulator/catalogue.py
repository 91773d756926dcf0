"""The chargers and cars there are: invented makers, believable figures."""

from __future__ import annotations

from dataclasses import dataclass

from voltaro.simulator.battery import Battery
from voltaro.simulator.dice import Dice


@dataclass(frozen=True, slots=True)
class Model:
    """What a maker prints on the type plate. ``power_w`` is per EVSE."""

    vendor: str
    name: str
    firmware: str
    power_w: int
    direct_current: bool = False
    transaction_starts: str = "PowerPathClosed"
    """The maker's default TxStartPoint in OCPP 2.x."""


@dataclass(frozen=True, slots=True)
class Car:
    """A kind of car: battery seen from the meter, and what it can draw from each kind of charger."""

    capacity_wh: int
    alternating_w: int
    direct_w: int


MODELS = (
    Model("Nordlicht", "Polar 11", "2.14.0", 11_000),
    Model("Nordlicht", "Polar 22 Duo", "2.14.3", 22_000),
    Model("Kestrel Charge", "KC-22", "5.0.1", 22_000, transaction_starts="EVConnected"),
    Model("Amperia", "Strada 7", "1.9.12", 7_400),
    Model("Amperia", "Strada 22", "1.9.12", 22_000),
    Model("Voltaiq", "Pillar S", "3.3.0-rel", 22_000, transaction_starts="EVConnected"),
    Model("Brightline", "Rapid 50", "7.1.4", 50_000, direct_current=True),
    Model("Brightline", "Rapid 150", "7.2.0", 150_000, direct_current=True),
    Model("Torrent Power", "HPC-300", "4.0.9", 300_000, direct_current=True, transaction_starts="EVConnected"),
)

CARS = (
    Car(26_000, 6_600, 50_000),
    Car(45_000, 7_400, 85_000),
    Car(62_000, 11_000, 120_000),
    Car(82_000, 11_000, 190_000),
    Car(82_000, 22_000, 150_000),
    Car(108_000, 11_000, 250_000),
)


def draw_model(dice: Dice, *, alternating: float = 0.75) -> Model:
    """A charger from the street: most are for alternating current."""
    kind = not dice.chance(alternating)
    return dice.choice([model for model in MODELS if model.direct_current is kind])


def draw_battery(dice: Dice, *, direct_current: bool = False) -> Battery:
    """A car as it arrives, with what is left in its battery."""
    car = dice.choice(CARS)
    return Battery(
        capacity_wh=float(car.capacity_wh),
        max_power_w=float(car.direct_w if direct_current else car.alternating_w),
        soc=dice.between(0.08, 0.55),
        knee=0.7 if direct_current else 0.92,
        floor=0.1,
    )
