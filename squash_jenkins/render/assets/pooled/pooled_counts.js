// Count the points of a pool within a box; places run from 0 to 1, from the left and from the bottom.
"use strict";
(() => {
  const floats = (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
  };

  // Counts are listed row by row from the top; -n stands for n empty cells.
  const unpacked = (runs, side) => {
    const counts = new Uint32Array(side * side);
    let at = 0;
    for (const each of runs) {
      if (each < 0) at -= each;
      else counts[at++] = each;
    }
    return counts;
  };

  // All points are known: any box can be counted.
  class Places {
    constructor([u, v]) {
      this.u = floats(u);
      this.v = floats(v);
    }

    sides(wanted) {
      return wanted;
    }

    count({ left, right, bottom, top }) {
      let found = 0;
      for (let at = 0; at < this.u.length; at += 1) {
        if (this.u[at] >= left && this.u[at] < right && this.v[at] >= bottom && this.v[at] < top) found += 1;
      }
      return found;
    }
  }

  // Only the counts of cells are known.
  class Cells {
    constructor(runs, side) {
      this.side = side;
      this.counts = unpacked(runs, side);
    }

    sides(wanted) {
      return Math.min(wanted, this.side);
    }

    count({ left, right, bottom, top }) {
      const clip = (value) => Math.max(0, Math.min(this.side, Math.round(value * this.side)));
      const [first, last] = [clip(left), clip(right)];
      let found = 0;
      for (let row = clip(1 - top); row < clip(1 - bottom); row += 1) {
        for (let at = first; at < last; at += 1) found += this.counts[row * this.side + at];
      }
      return found;
    }
  }

  squash.pooledCounts = (about) => (about.places ? new Places(about.places) : new Cells(about.cells, about.side));

  // Return the square cell around a place, about `size` pixels wide; `wide` is the visible share of the picture.
  squash.pooledCell = (counts, x, y, wide, pixels, size = 12) => {
    const wanted = 2 ** Math.max(0, Math.round(Math.log2(pixels / size / wide)));
    const side = counts.sides(wanted);
    const column = Math.floor(x * side);
    const row = Math.floor(y * side);
    return { left: column / side, right: (column + 1) / side, bottom: row / side, top: (row + 1) / side };
  };

  // Convert places to values and back, by the scale of an axis.
  squash.valueAt = ({ low, high, log }, place) =>
    log ? low * (high / low) ** place : low * (1 - place) + high * place;
  squash.placeOf = ({ low, high, log }, value) =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
})();
