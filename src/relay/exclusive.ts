/** Work that is not begun again while it is under way. */
export class Exclusive {
  #isUnderWay = false;

  /** Does the work, unless it is under way. Whether it was done. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.#isUnderWay) return false;
    this.#isUnderWay = true;
    try {
      await work();
      return true;
    } finally {
      this.#isUnderWay = false;
    }
  }
}
