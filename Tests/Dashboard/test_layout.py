"""Graphs of every shape have to be drawn: deep, flat, wide, of many types, listed backwards."""

from story import Story

LAYOUT = """async ([shape, count]) => {
  const { layoutGraph } = await import("/assets/graph-layout.js");
  const name = (number) => `t${number}`;
  const shapes = {
    chain: (number) => (number ? [name(number - 1)] : []),
    flat: () => [],
    tree: (number) => (number ? [name((number - 1) >> 1)] : []),
    backwards: (number) => (number < count - 1 ? [name(number + 1)] : []),
    fan: (number) => (number === 0 ? [] : number < count - 1 ? [name(0)]
      : Array.from({ length: count - 2 }, (_, before) => name(before + 1))),
  };
  const records = Array.from({ length: count }, (_, number) => ({ task_id: name(number),
    task_type: shape === "tree" ? `type-${number}` : "work",
    dependencies: shapes[shape](number) }));
  const layout = layoutGraph(records, new Map(records.map((one, at) => [one.task_id, at])));
  const { boxes, x, y, cell } = layout;
  const outside = boxes.flatMap((box) => [...box.tasks].filter((task) => x[task] < box.x
    || y[task] < box.y || x[task] + cell.width > box.x + box.width + 0.01
    || y[task] + cell.height > box.y + box.height + 0.01));
  const overlaps = boxes.filter((one, at) => boxes.slice(at + 1).some((other) =>
    one.x < other.x + other.width && other.x < one.x + one.width
    && one.y < other.y + other.height && other.y < one.y + one.height));
  const backward = layout.edges.filter((edge) => edge.points[0][0] > edge.points.at(-1)[0] + 0.01);
  const taken = new Set(boxes.flatMap((box) => [...box.tasks]));
  return { boxes: boxes.length, outside: outside.length, overlaps: overlaps.length,
    backward: backward.length, tasks: taken.size, alone: layout.alone };
}"""


class Layout(Story):
    def lay_out(self, shape, count):
        found = self.page.evaluate(LAYOUT, [shape, count])
        self.assertEqual(found["tasks"], count, "each task has a place")
        self.assertEqual(found["outside"], 0, "each task lies in its box")
        self.assertEqual(found["overlaps"], 0, "no box covers another")
        self.assertEqual(found["backward"], 0, "edges go to the right")
        self.assertLessEqual(found["boxes"], 160)
        return found

    def test_shapes_of_all_sizes_have_a_place_for_each_task(self):
        self.open("/submit")
        for shape in ("chain", "flat", "tree", "backwards", "fan"):
            for count in (1, 2, 24, 150, 151, 10_000):
                with self.subTest(f"{shape} of {count}"):
                    self.lay_out(shape, count)

    def test_few_tasks_are_boxes_and_many_are_groups(self):
        self.open("/submit")
        self.assertTrue(self.lay_out("tree", 20)["alone"])
        self.assertFalse(self.lay_out("tree", 10_000)["alone"])

    def test_a_long_chain_is_put_together_until_it_can_be_seen(self):
        """A box a task would be a line of specks."""
        self.open("/submit")
        found = self.lay_out("chain", 150)
        self.assertFalse(found["alone"])
        self.assertLess(found["boxes"], 80)
