"""The geometry of the map, in the browser that draws it."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Look

GEOMETRY = """async () => {
  const map = await import("app/map.js");
  const land = await map.landPath();
  const rings = land.split("Z").filter(Boolean).map((ring) => ring.slice(1).split("L").map((point) => point.split(",").map(Number)));
  const jumps = rings.flatMap((ring) => ring.slice(1).map(([x], place) => Math.abs(x - ring[place][0])));
  const view = { x: 0.4, y: 0.3, scale: 5000 };
  const closer = map.zoomed(view, 3, 120, -40);
  const [berlin, potsdam, rio] = [[52.52, 13.4], [52.39, 13.06], [-22.9, -43.2]].map(([lat, lon]) => map.project(lat, lon));
  const fitted = map.fitted([berlin, potsdam, rio], 800, 400);
  const clusters = map.clustered([berlin, potsdam, rio], fitted, 800, 400);
  return {
    rings: rings.length,
    furthest: jumps.sort((a, b) => b - a)[2],
    back: map.unproject(rio),
    held: [view.x + 120 / view.scale - (closer.x + 120 / closer.scale), view.y - 40 / view.scale - (closer.y - 40 / closer.scale)],
    together: clusters.map((cluster) => cluster.members.length).sort(),
    inside: clusters.every(({ left, top }) => left > 0 && left < 800 && top > 0 && top < 400),
    poles: [map.project(90, 0).y, map.project(-90, 0).y],
  };
}"""


async def test_land_has_no_line_across_the_world_and_places_close_together_are_one(look: Look) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    found: dict[str, Any] = await onlooker.page.evaluate(GEOMETRY)
    assert found["rings"] > 100
    # Two lines close Antarctica along the edge of the square; no coast is longer than a twentieth of the world.
    assert found["furthest"] < 4096 / 20
    assert abs(found["back"]["latitude"] + 22.9) < 1e-9
    assert abs(found["back"]["longitude"] + 43.2) < 1e-9
    assert max(map(abs, found["held"])) < 1e-12
    assert found["together"] == [1, 2]
    assert found["inside"]
    assert all(-0.01 < edge < 1.01 for edge in found["poles"])
