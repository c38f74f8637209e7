import type { Value } from "../ir/graph.js";
import type { Device, DeviceArray } from "./device.js";
import type { HostArray } from "./host-array.js";

/** Memory of a device: what runs read, and what they write, once one does. */
interface OnDevice {
  readonly device: Device;
  front: DeviceArray;
  back: DeviceArray | undefined;
}

/**
 * The values of a variable in host memory, in a device's memory or in both. Runs read `front` and write `back`, and then the
 * two are swapped: a run that fails changes nothing.
 */
export class CellMemory {
  #host: HostArray;
  #hostBack: HostArray | undefined;
  #onDevice: OnDevice | undefined;
  /** Which memories have the current values: at least one. */
  #isOnHost = true;
  #isOnDevice = false;
  /** Counts changes of the values. */
  #changes = 0;

  constructor(values: HostArray) {
    this.#host = values;
  }

  /** True if the host has the current values. */
  get isOnHost(): boolean {
    return this.#isOnHost;
  }

  /** The values in host memory; they are fetched from the device if only it has them, while the caller waits. */
  get front(): HostArray {
    if (!this.#isOnHost) {
      this.#host.set(this.#onDevice!.front.readSync());
      this.#isOnHost = true;
    }
    return this.#host;
  }

  get back(): HostArray {
    this.#hostBack ??= this.#host.slice().fill(0);
    return this.#hostBack;
  }

  /** A copy of the values at the time of the call. */
  async read(): Promise<HostArray> {
    if (this.#isOnHost) return this.#host.slice();
    const changes = this.#changes;
    const values = await this.#onDevice!.front.read();
    if (changes === this.#changes) {
      this.#host.set(values);
      this.#isOnHost = true;
    }
    return values;
  }

  /** Fetches the values to host memory if only the device has them. */
  async fetch(): Promise<void> {
    while (!this.#isOnHost) await this.read();
  }

  set(values: HostArray): void {
    this.#host.set(values);
    this.changedOnHost();
  }

  /** Declares the values in host memory the current ones. */
  changedOnHost(): void {
    this.#isOnHost = true;
    this.#isOnDevice = false;
    this.#changes++;
  }

  /** Makes the values that a run wrote to `back` current. */
  swap(): void {
    const { back } = this;
    this.#hostBack = this.#host;
    this.#host = back;
    this.changedOnHost();
  }

  /** Moves the values to other host memory. */
  moveTo(memory: HostArray): void {
    const { front } = this;
    if (memory === front) return;
    memory.set(front);
    this.#host = memory;
    this.#hostBack = undefined;
  }

  /** Frees the second buffer in host memory; it is allocated again when needed. */
  trim(): void {
    this.#hostBack = undefined;
  }

  /** Whether there is memory on the device, also for the next values if a run writes them. */
  isPrepared(device: Device, isWritten: boolean): boolean {
    return this.#onDevice?.device === device && (!isWritten || this.#onDevice.back !== undefined);
  }

  /** Allocates what is missing on the device. */
  async prepare(device: Device, value: Value, isWritten: boolean): Promise<void> {
    if (this.#onDevice && this.#onDevice.device !== device) await this.leaveDevice();
    this.#onDevice ??= { device, front: await device.allocate(value), back: undefined };
    if (isWritten) this.#onDevice.back ??= await device.allocate(value);
  }

  /** The device's memory with the values, which are copied there if only the host has them. */
  get deviceFront(): DeviceArray {
    const { front } = this.#onDevice!;
    if (!this.#isOnDevice) {
      front.write(this.#host);
      this.#isOnDevice = true;
    }
    return front;
  }

  get deviceBack(): DeviceArray {
    return this.#onDevice!.back!;
  }

  /** Makes the values that a run wrote to `deviceBack` current; the host fetches them when they are read. */
  swapOnDevice(): void {
    const memory = this.#onDevice!;
    const { front } = memory;
    memory.front = memory.back!;
    memory.back = front;
    this.#isOnDevice = true;
    this.#isOnHost = false;
    this.#changes++;
  }

  /** Fetches the values and frees the device's memory. */
  async leaveDevice(): Promise<void> {
    await this.fetch();
    this.freeDevice();
  }

  get hasDeviceMemory(): boolean {
    return this.#onDevice !== undefined;
  }

  /** Frees the device's memory, and forgets the values if only the device has them. */
  freeDevice(): void {
    this.#onDevice?.front.free();
    this.#onDevice?.back?.free();
    this.#onDevice = undefined;
    this.changedOnHost();
  }
}
