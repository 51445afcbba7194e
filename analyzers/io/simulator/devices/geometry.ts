import type { DiskModel } from '../../../../model/simulation.ts';

/** Times and angles of a disk; all times in ns, positions in bytes. */
export interface Geometry {
  /** ns of one turn. */
  readonly turn: number;
  /** Do two positions lie on one track? */
  sameTrack(from: number, to: number): boolean;
  /** ns to move the head between two positions; none within a track, or to what follows at once. */
  seek(from: number, to: number, write: boolean): number;
  /** ns until the platter has turned from where it is at `time` to where `position` lies. */
  rotation(position: number, time: number): number;
  /** ns to read or write this many bytes from `position` on. */
  transfer(position: number, bytes: number): number;
}

/**
 * Seek curve of a short root and a long straight part (Ruemmler and Wilkes, IEEE Computer 27(3), 1994);
 * tracks of a zone hold what passes the head in one turn, and each starts `trackSkew` later than the one before.
 * `phase` is where the platter stands at 0, in turns.
 */
export function createGeometry(model: DiskModel, phase = 0): Geometry {
  const turn = 60e9 / model.rotationsPerMinute;
  const zones = model.zoneRates.length;
  const zoneBytes = model.bytes / zones;
  const skew = (model.trackSkew * 1000) / turn;
  const root = ((model.kneeSeek - model.settle) / Math.sqrt(model.knee)) * 1000;
  const slope = ((model.fullSeek - model.kneeSeek) / (1 - model.knee)) * 1000;
  const bytesPerNs = (position: number): number =>
    (model.zoneRates[Math.min(zones - 1, Math.floor(position / zoneBytes))] as number) / 1000;
  /** Tracks as if the whole disk were like the zone of `position`; what follows the point is the angle. */
  const trackOf = (position: number): number => position / (bytesPerNs(position) * turn);
  const sameTrack = (from: number, to: number): boolean =>
    Math.floor(trackOf(from)) === Math.floor(trackOf(to));
  return {
    turn,
    sameTrack,
    seek: (from, to, write) => {
      if (from === to || sameTrack(from, to)) return 0;
      const settle = write ? model.writeSettle * 1000 : 0;
      const stroke = Math.min(1, Math.abs(to - from) / model.bytes);
      if (stroke <= model.knee) return model.settle * 1000 + root * Math.sqrt(stroke) + settle;
      return model.kneeSeek * 1000 + slope * (stroke - model.knee) + settle;
    },
    rotation: (position, time) => {
      const track = trackOf(position);
      const angle = track + skew * Math.floor(track) - time / turn - phase;
      return (angle - Math.floor(angle)) * turn;
    },
    transfer: (position, bytes) => bytes / bytesPerNs(position),
  };
}
