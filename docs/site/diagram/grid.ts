// Reads a diagram of characters: which of them are lines, corners and arrow heads, and which are words.

/** The sides of a cell that a stroke reaches. */
export type Side = 'n' | 'e' | 's' | 'w';
export type Cell =
  | { kind: 'text' }
  | { kind: 'stroke'; sides: Side[]; round: boolean }
  | { kind: 'head'; towards: Side }
  | { kind: 'dot'; sides: Side[] };

const TEXT: Cell = { kind: 'text' };
const BOX: Record<string, string> = {
  '─': 'ew',
  '│': 'ns',
  '┌': 'es',
  '┐': 'sw',
  '└': 'ne',
  '┘': 'nw',
  '├': 'nes',
  '┤': 'nsw',
  '┬': 'esw',
  '┴': 'new',
  '┼': 'nesw',
};
const BOX_HEADS: Record<string, Side> = { '►': 'e', '◄': 'w', '▲': 'n', '▼': 's' };
/** Who takes up a line that comes from above, from below, and from a side. */
const BELOW = /[|+'v│┘└┴┤├┼▼]/;
const ABOVE = /[|+.^│┐┌┬┤├┼▲]/;
const BESIDE = /[-+─]/;

export class Grid {
  readonly rows: string[];
  readonly width: number;

  constructor(text: string) {
    this.rows = text.replace(/\n+$/, '').split('\n');
    this.width = Math.max(...this.rows.map((row) => row.length));
  }

  at(row: number, column: number): string {
    return this.rows[row]?.[column] ?? ' ';
  }

  cell(row: number, column: number): Cell {
    const here = this.at(row, column);
    const box = BOX[here];
    if (box) return stroke(box);
    const head = BOX_HEADS[here] ?? this.#headAt(row, column);
    if (head) return { kind: 'head', towards: head };
    switch (here) {
      case '-':
        return this.#isLine(row, column) ? stroke('ew') : TEXT;
      case '|':
        return stroke('ns');
      case '●':
        return { kind: 'dot', sides: this.#sides(row, column).filter((side) => side === 'e' || side === 'w') };
      case '+':
        return this.#crossing(row, column);
      case '.':
        return this.#corner(row, column, 's');
      case "'":
        return this.#corner(row, column, 'n');
      case '\\':
        return BESIDE.test(this.at(row, column + 1)) ? stroke('ne', true) : TEXT;
      default:
        return TEXT;
    }
  }

  #headAt(row: number, column: number): Side | undefined {
    switch (this.at(row, column)) {
      case '>':
        return this.#isLine(row, column - 1) ? 'e' : undefined;
      case '<':
        return this.#isLine(row, column + 1) ? 'w' : undefined;
      case '^':
        return /[|+'│]/.test(this.at(row + 1, column)) ? 'n' : undefined;
      case 'v':
        return this.#standsAlone(row, column) && /[|+.│]/.test(this.at(row - 1, column)) ? 's' : undefined;
      default:
        return undefined;
    }
  }

  #standsAlone(row: number, column: number): boolean {
    return !/\w/.test(this.at(row, column - 1)) && !/\w/.test(this.at(row, column + 1));
  }

  /** A hyphen is a line in a run of them, or between a corner and a space; in `a-b` and in `--option` it is one of a word. */
  #isLine(row: number, column: number): boolean {
    const here = this.at(row, column);
    if (here === '─') return true;
    if (here !== '-') return false;
    let from = column;
    let to = column;
    while (this.at(row, from - 1) === '-') from--;
    while (this.at(row, to + 1) === '-') to++;
    const [left, right] = [this.at(row, from - 1), this.at(row, to + 1)];
    if (to === from) return /[+.'|<\s]/.test(left) && /[+.'|>\s]/.test(right) && left + right !== '  ';
    const isOption = to - from === 1 && left === ' ' && /[a-z]/.test(right);
    return !isOption || /^--[^\s-]+--/.test(this.rows[row]?.slice(from) ?? '');
  }

  #sides(row: number, column: number): Side[] {
    const sides: Side[] = [];
    if (ABOVE.test(this.at(row - 1, column))) sides.push('n');
    if (BESIDE.test(this.at(row, column + 1)) || this.#headAt(row, column + 1) === 'e') sides.push('e');
    if (BELOW.test(this.at(row + 1, column))) sides.push('s');
    if (BESIDE.test(this.at(row, column - 1)) || this.#headAt(row, column - 1) === 'w') sides.push('w');
    return sides;
  }

  /** A plus sign is a crossing where a line comes from a side; in `+24 ms` it is a sign. */
  #crossing(row: number, column: number): Cell {
    const sides = this.#sides(row, column);
    const crosses = sides.length > 1 && (sides.includes('e') || sides.includes('w'));
    return crosses ? { kind: 'stroke', sides, round: false } : TEXT;
  }

  /** A full stop or an apostrophe that joins a line beside it to one below or above it. */
  #corner(row: number, column: number, vertical: Side): Cell {
    const sides = this.#sides(row, column).filter((side) => side === 'e' || side === 'w' || side === vertical);
    return sides.includes(vertical) && sides.length > 1 ? { kind: 'stroke', sides, round: true } : TEXT;
  }
}

function stroke(sides: string, round = false): Cell {
  return { kind: 'stroke', sides: [...sides] as Side[], round };
}
