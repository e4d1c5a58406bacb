// Where the tasks of a graph are drawn. Few tasks get a box each, placed by dagre (Sugiyama's
// layered drawing). Many are grouped by type and by level (the longest path that leads to them),
// each group a box with a cell a task, a column of boxes a level: so ten thousand fit on a screen
// and keep their place when they are looked at closely. It runs in the session's worker, once for
// a graph.

import "./vendor/dagre.min.js";

const dagre = globalThis.dagre;

// What dagre places in a few tenths of a second; beyond, tasks are grouped.
const tasksAlone = 150;
const edgesAlone = 400;
const boxesAtMost = 160;
const bandsAtLeast = 10;
const typesAtMost = 8;
const columnsAtMost = 400;
const edgesDrawn = 300;
/** Drawn smaller than this, boxes say nothing; up to so many are boxes all the same. */
const readable = 0.28;
const groupsFrom = 24;

const taskBox = { width: 172, height: 44 };
const cell = { width: 26, height: 14, gap: 2 };
const boxPadding = 6;
const gap = { x: 34, y: 18 };
/** The screen that groups are shaped for, and how high a group's name is to be on it. */
const screen = { width: 1150, height: 400, header: 14 };

/** @param records tasks as the API has them. @param indexByID their places in it. */
export function layoutGraph(records, indexByID) {
  const dependencies = records.map((record) => (record.dependencies ?? [])
    .map((id) => indexByID.get(id)).filter((index) => index !== undefined));
  const edgeCount = dependencies.reduce((sum, list) => sum + list.length, 0);
  const few = records.length <= tasksAlone && edgeCount <= edgesAlone;
  const placed = (few && alone(records, dependencies)) || grouped(records, dependencies);
  return { ...arrays(records.length, placed), edges: placed.edges,
    dependencies: packed(dependencies, edgeCount) };
}

/** A box a task; nothing where that could not be read, as with a chain of a hundred. */
function alone(records, dependencies) {
  const grouping = singleBoxes(records);
  const edges = betweenBoxes(dependencies, grouping, true);
  place(grouping.boxes, edges);
  const width = Math.max(...grouping.boxes.map((box) => box.x + box.width), 0);
  const height = Math.max(...grouping.boxes.map((box) => box.y + box.height), 0);
  const tooSmall = fitting({ width, height }) < readable && records.length > groupsFrom;
  return tooSmall ? null : { ...grouping, edges, alone: true };
}

function grouped(records, dependencies) {
  const grouping = groups(records, levels(dependencies));
  const edges = betweenBoxes(dependencies, grouping, false);
  connect(grouping.boxes, edges);
  return { ...grouping, edges, alone: false };
}

function fitting({ width, height }) {
  return Math.min(screen.width / width, screen.height / height);
}

/** The longest path to each task, in tasks. A plan has no circle, and its order need not be one.
   */
function levels(dependencies) {
  const count = dependencies.length;
  const level = new Int32Array(count);
  const open = new Int32Array(count);
  const dependants = Array.from({ length: count }, () => []);
  dependencies.forEach((list, index) => {
    open[index] = list.length;
    for (const dependency of list) dependants[dependency].push(index);
  });
  const queue = [];
  for (let index = 0; index < count; index += 1) if (!open[index]) queue.push(index);
  for (let at = 0; at < queue.length; at += 1) {
    for (const dependant of dependants[queue[at]]) {
      level[dependant] = Math.max(level[dependant], level[queue[at]] + 1);
      open[dependant] -= 1;
      if (!open[dependant]) queue.push(dependant);
    }
  }
  return level;
}

function singleBoxes(records) {
  const boxes = records.map((record, index) => ({ label: record.task_id, sub: record.task_type,
    tasks: [index], width: taskBox.width, height: taskBox.height, columns: 1 }));
  return { boxes, header: 0, boxOf: Int32Array.from(records, (_, index) => index) };
}

/** Levels are put together until there are few enough boxes, and all can be seen at once. */
function groups(records, level) {
  const depth = level.reduce((most, value) => Math.max(most, value), 0) + 1;
  const types = commonTypes(records);
  let bands = Math.min(depth, boxesAtMost / 2);
  let boxes = inBands(records, level, depth, types, bands);
  let shaped = shape(boxes);
  while (bands > bandsAtLeast && (boxes.length > boxesAtMost || shaped.scale < readable)) {
    bands = Math.max(bandsAtLeast, Math.floor(bands * 0.7));
    boxes = inBands(records, level, depth, types, bands);
    shaped = shape(boxes);
  }
  const boxOf = new Int32Array(records.length);
  boxes.forEach((box, number) => { for (const task of box.tasks) boxOf[task] = number; });
  return { boxes, header: shaped.header, boxOf };
}

function commonTypes(records) {
  const counts = new Map();
  for (const { task_type: type } of records) counts.set(type, (counts.get(type) ?? 0) + 1);
  return new Set([...counts].sort((a, b) => b[1] - a[1]).slice(0, typesAtMost)
    .map(([type]) => type));
}

function inBands(records, level, depth, types, bands) {
  const byName = new Map();
  records.forEach((record, index) => {
    const band = Math.floor((level[index] * bands) / depth);
    const type = types.has(record.task_type) ? record.task_type : "other types";
    const name = `${band} ${type}`;
    if (!byName.has(name)) {
      byName.set(name, { label: type, sub: bandName(band, bands, depth), tasks: [], band });
    }
    byName.get(name).tasks.push(index);
  });
  return [...byName.values()].sort((a, b) => a.band - b.band || (a.label < b.label ? -1 : 1));
}

function bandName(band, bands, depth) {
  const first = Math.ceil((band * depth) / bands);
  const last = Math.ceil(((band + 1) * depth) / bands) - 1;
  return first >= last ? `level ${first + 1}` : `levels ${first + 1}–${last + 1}`;
}

/**
 * Gives boxes as many columns of cells as make the whole largest on a screen, and places them: a
 * column a level. Returns how large that is, and the height of the boxes' names.
 */
function shape(boxes) {
  let best = { worth: 0, scale: 0, columns: 1, header: 24 };
  for (let columns = 2; columns <= columnsAtMost; columns = Math.ceil(columns * 1.15)) {
    for (const header of [24, 40, 56]) {
      const scale = fitting(arrange(boxes, columns, header));
      // A name that cannot be read is worth nothing, however large the cells.
      const worth = header * scale >= screen.header ? scale : scale * 0.7;
      if (worth > best.worth) best = { worth, scale, columns, header };
    }
  }
  arrange(boxes, best.columns, best.header);
  return best;
}

function arrange(boxes, columns, header) {
  const bands = new Map();
  for (const box of boxes) {
    box.columns = Math.min(columns, box.tasks.length);
    box.width = Math.max(box.columns, Math.min(columns, 4)) * cell.width - cell.gap
      + 2 * boxPadding;
    box.height = header + Math.ceil(box.tasks.length / box.columns) * cell.height + boxPadding;
    if (!bands.has(box.band)) bands.set(box.band, []);
    bands.get(box.band).push(box);
  }
  const heights = [...bands.values()].map((band) =>
    band.reduce((sum, box) => sum + box.height + gap.y, -gap.y));
  const height = Math.max(...heights);
  let x = 0;
  [...bands.values()].forEach((band, number) => {
    let y = (height - heights[number]) / 2;
    for (const box of band) {
      Object.assign(box, { x, y });
      y += box.height + gap.y;
    }
    x += Math.max(...band.map((box) => box.width)) + gap.x;
  });
  return { width: x - gap.x, height };
}

/** An edge leaves on the right and arrives on the left. */
function ends(from, to) {
  return { start: [from.x + from.width, from.y + from.height / 2],
    end: [to.x, to.y + to.height / 2] };
}

function connect(boxes, edges) {
  for (const edge of edges) {
    const { start, end } = ends(boxes[edge.from], boxes[edge.to]);
    const bend = gap.x / 2;
    edge.points = [start, [start[0] + bend, start[1]], [end[0] - bend, end[1]], end];
  }
}

/** Edges between boxes with how many dependencies they stand for; the heaviest, and one to each
   box. */
function betweenBoxes(dependencies, { boxes, boxOf }, all) {
  const weights = new Map();
  dependencies.forEach((list, task) => {
    for (const dependency of list) {
      const from = boxOf[dependency];
      const to = boxOf[task];
      if (from === to) continue;
      const key = `${from} ${to}`;
      weights.set(key, (weights.get(key) ?? 0) + 1);
    }
  });
  const edges = [...weights].map(([key, weight]) => {
    const [from, to] = key.split(" ").map(Number);
    return { from, to, weight };
  }).sort((a, b) => b.weight - a.weight);
  if (all) return edges;
  const reached = new Set();
  return edges.filter((edge, rank) => {
    // Where levels were put together, groups of one column may depend on each other.
    if (boxes[edge.from].band >= boxes[edge.to].band) return false;
    const kept = rank < edgesDrawn || !reached.has(edge.to);
    if (kept) reached.add(edge.to);
    return kept;
  });
}

function place(boxes, edges) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 64, edgesep: 8, ranker: "tight-tree" });
  graph.setDefaultEdgeLabel(() => ({}));
  boxes.forEach((box, number) => graph.setNode(String(number),
    { width: box.width, height: box.height }));
  for (const edge of edges) graph.setEdge(String(edge.from), String(edge.to), { weight: 1 });
  dagre.layout(graph);
  boxes.forEach((box, number) => {
    const node = graph.node(String(number));
    box.x = node.x - box.width / 2;
    box.y = node.y - box.height / 2;
  });
  for (const edge of edges) {
    const { points } = graph.edge(String(edge.from), String(edge.to));
    const between = points.slice(1, -1).map(({ x, y }) => [x, y]);
    const { start, end } = ends(boxes[edge.from], boxes[edge.to]);
    edge.points = [start, ...between, end];
  }
}

/** The places of tasks as arrays, which go to the page without being copied. */
function arrays(count, { boxes, boxOf, header, alone: single }) {
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  for (const box of boxes) {
    box.tasks.forEach((task, place) => {
      x[task] = single ? box.x : box.x + boxPadding + (place % box.columns) * cell.width;
      y[task] = single ? box.y : box.y + header + Math.floor(place / box.columns) * cell.height;
    });
  }
  return {
    alone: single, x, y, boxOf,
    boxes: boxes.map(({ tasks, ...box }) => ({ ...box, tasks: Uint32Array.from(tasks) })),
    cell: single ? taskBox : { width: cell.width - cell.gap, height: cell.height - cell.gap },
    pitch: { x: cell.width, y: cell.height, left: boxPadding, top: header },
  };
}

/** Lists one behind the other: the dependencies of task i are `list[from[i]…from[i + 1]]`. */
function packed(dependencies, edgeCount) {
  const from = new Uint32Array(dependencies.length + 1);
  const list = new Uint32Array(edgeCount);
  let at = 0;
  dependencies.forEach((own, index) => {
    list.set(own, at);
    at += own.length;
    from[index + 1] = at;
  });
  return { from, list };
}
