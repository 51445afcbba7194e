import type { Analyzer } from './analyzer.ts';
import { flame } from './cpu/flame.ts';
import { hotspots } from './cpu/hotspots.ts';
import { kinds } from './cpu/kinds.ts';
import { samplingQuality } from './cpu/sampling.ts';
import { stackQualityAnalyzer } from './cpu/stack-quality.ts';

/** Every analyzer, in the order in which their sections appear. To add one: a file, and a line here. */
export const analyzers: readonly Analyzer[] = [kinds, flame, hotspots, stackQualityAnalyzer, samplingQuality];
