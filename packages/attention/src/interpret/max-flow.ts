/**
 * The largest flow from one node to another through layers of nodes, by blocking flows along shortest paths. Exact: an edge
 * that is full has a remainder of 0, and each phase ends with the two further apart.
 *
 * @see Dinic 1970; Cormen et al., Introduction to Algorithms, on maximum flow and residual networks
 */
export class LayeredFlow {
  private readonly T: number;
  private readonly capacities: readonly Float64Array[];
  /** What still fits through each edge, `[upper, lower]`, the lowest layer first. */
  private readonly remainders: Float64Array[];
  /** What flows through it, and may be sent back. */
  private readonly flows: Float64Array[];
  /** By node, layer by layer: how far it is from the source, -1 for out of reach. */
  private readonly distances: Int32Array;
  /** By node: the edge to try next; the first T lead down, the others up. */
  private readonly next: Int32Array;
  private readonly queue: Int32Array;
  private readonly path: Int32Array;

  /** @param capacities  of the edges from each node to those a layer below, `[T, T]`, the lowest layer first */
  constructor(capacities: readonly Float64Array[], T: number) {
    const nodes = (capacities.length + 1) * T;
    this.T = T;
    this.capacities = capacities;
    this.remainders = capacities.map((layer) => layer.slice());
    this.flows = capacities.map((layer) => new Float64Array(layer.length));
    this.distances = new Int32Array(nodes);
    this.next = new Int32Array(nodes);
    this.queue = new Int32Array(nodes);
    this.path = new Int32Array(nodes);
  }

  /** From a node of the highest layer to one of the lowest. */
  maximum(from: number, to: number): number {
    const source = this.capacities.length * this.T + from;
    for (const [i, layer] of this.capacities.entries()) {
      this.remainders[i].set(layer);
      this.flows[i].fill(0);
    }
    let total = 0;
    while (this.measure(source, to)) {
      this.next.fill(0);
      for (let more = this.augment(source, to); more > 0; more = this.augment(source, to)) total += more;
    }
    return total;
  }

  /** What an edge of a node still lets through: the first T lead down, the others up. */
  private room(layer: number, i: number, edge: number): number {
    const { T } = this;
    if (edge < T) return layer === 0 ? 0 : this.remainders[layer - 1][i * T + edge];
    return layer === this.capacities.length ? 0 : this.flows[layer][(edge - T) * T + i];
  }

  /** Distances from the source, in edges that have room; whether the sink is in reach. */
  private measure(source: number, sink: number): boolean {
    const { T, distances, queue } = this;
    distances.fill(-1);
    distances[source] = 0;
    queue[0] = source;
    let end = 1;
    for (let begin = 0; begin < end; begin++) {
      const node = queue[begin];
      const layer = Math.floor(node / T);
      const i = node - layer * T;
      for (let edge = 0; edge < 2 * T; edge++) {
        const there = edge < T ? node - i - T + edge : node - i + edge;
        if (there < 0 || there >= distances.length || distances[there] >= 0) continue;
        if (this.room(layer, i, edge) <= 0) continue;
        distances[there] = distances[node] + 1;
        if (there === sink) return true;
        queue[end++] = there;
      }
    }
    return false;
  }

  /** Sends what fits along one shortest path; 0 if there is none left. */
  private augment(source: number, sink: number): number {
    const { T, distances, next, path } = this;
    let length = 0;
    let node = source;
    while (node !== sink) {
      const layer = Math.floor(node / T);
      const i = node - layer * T;
      const edge = next[node];
      if (edge === 2 * T) {
        if (node === source) return 0;
        node = path[--length]; // a dead end: its edge is not tried again
        next[node]++;
        continue;
      }
      const there = edge < T ? node - i - T + edge : node - i + edge;
      if (distances[there] === distances[node] + 1 && this.room(layer, i, edge) > 0) {
        path[length++] = node;
        node = there;
      } else next[node]++;
    }
    return this.send(length);
  }

  /** Along the current edges of the path's nodes. */
  private send(length: number): number {
    const { T, next, path, remainders, flows } = this;
    let most = Number.POSITIVE_INFINITY;
    for (let n = 0; n < length; n++) {
      const layer = Math.floor(path[n] / T);
      most = Math.min(most, this.room(layer, path[n] - layer * T, next[path[n]]));
    }
    for (let n = 0; n < length; n++) {
      const layer = Math.floor(path[n] / T);
      const i = path[n] - layer * T;
      const edge = next[path[n]];
      const [below, at] = edge < T ? [layer - 1, i * T + edge] : [layer, (edge - T) * T + i];
      const down = edge < T ? most : -most;
      remainders[below][at] -= down;
      flows[below][at] += down;
    }
    return most;
  }
}
