// The exports of tilecast.wasm; the headers in wasm/ describe each function.
import type { CommonExports, Module } from './module';

export interface TilecastExports extends CommonExports {
  tc_page_probe(bytes: number, size: number, shape: number): number;
  tc_page_picture_decode(bytes: number, size: number): number;
  tc_page_picture_new(width: number, height: number, channels: number): number;
  tc_page_picture_destroy(picture: number): void;
  tc_page_picture_shape(picture: number, shape: number): void;
  tc_page_picture_pixels(picture: number): number;
  tc_page_picture_format(picture: number): number;
  tc_page_picture_warning(picture: number): number;
  tc_page_picture_encode(picture: number, format: number, quality: number): number;
  tc_page_picture_filter(picture: number, y: number, rows: number, to: number): number;
  tc_page_pipeline_check(text: number): number;
  tc_page_plan_new(pipeline: number, width: number, height: number, channels: number): number;
  tc_page_plan_destroy(plan: number): void;
  tc_page_plan_stage_count(plan: number): number;
  tc_page_plan_stage(plan: number, index: number, tile: number, stage: number): void;
  tc_page_plan_steps(plan: number, index: number): number;
  tc_page_plan_bands(plan: number, workers: number): number;
  tc_page_default_tile(width: number, height: number): number;
  tc_page_tile(
    plan: number,
    stage: number,
    rects: number,
    input: number,
    output: number,
    merged: number,
    mergedSize: number,
  ): number;
  tc_page_run_new(plan: number, picture: number, tile: number, slots: number): number;
  tc_page_run_destroy(run: number): void;
  tc_page_run_next(run: number, slot: number, task: number): number;
  tc_page_run_merged(run: number): number;
  tc_page_run_merged_size(run: number): number;
  tc_page_run_part(run: number, slot: number): number;
  tc_page_run_symbologies(run: number, slot: number): number;
  tc_page_run_finish_tile(run: number, slot: number, partial: number, size: number): number;
  tc_page_run_compute(run: number, slot: number): number;
  tc_page_run_finish(run: number, slot: number): number;
  tc_page_run_add_codes(run: number, slot: number, codes: number, size: number): number;
  tc_page_run_finish_codes(run: number, slot: number): number;
  tc_page_run_pop_lines(run: number): number;
  tc_page_run_lines(run: number, to: number): void;
  tc_page_run_done(run: number): number;
  tc_page_run_total(run: number): number;
  tc_page_run_move_result(run: number, picture: number): number;
  tc_page_code(codes: number, size: number, index: number, points: number): number;
  tc_page_code_type(): number;
  tc_page_code_pass(): number;
  tc_page_code_bytes(): number;
  tc_page_code_bytes_size(): number;
  tc_page_code_text(): number;
  tc_page_code_text_size(): number;
  // Only in tilecast_shared.wasm.
  tc_page_threads_lock(): void;
  tc_page_threads_unlock(): void;
  tc_page_threads_begin(job: number, run: number): void;
  tc_page_threads_next(job: number, slot: number, first: number, task: number): number;
  tc_page_threads_finish(sent: number): void;
  tc_page_threads_stop(crashed: number): void;
  tc_page_threads_end(): number;
}

export type TilecastModule = Module<TilecastExports>;
