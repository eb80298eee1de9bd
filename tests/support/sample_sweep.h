// A sweep whose truth is known: the formulas with round numbers on the Nano, with noise.
#pragma once

#include <cmath>
#include <random>
#include <string>

#include "env/fitting/formula_fit.h"
#include "env/fitting/measurements.h"
#include "tools/config/board_config.h"

namespace flyball {

inline BoardConfig sample_board() {
  return load_board(FLYBALL_SOURCE_DIR "/configs/boards/nano-4gb.toml");
}

inline FittedParameters sample_truth(const Board& board) {
  FittedParameters truth;
  truth.time.gpu.per_request = 60e6;
  truth.time.memory.per_request = 40e6;
  truth.time.host.per_request = 30e6;
  truth.time.sharpness = 4.0;
  truth.power.base_watts = 1.5;
  truth.power.cpu = {board.domains[0].frequencies_hz.back(), 1.2, 0.7, 0.3, 0.1, 0.1};
  truth.power.gpu = {1e9, 4.0, 0.65, 0.3, 0.1, 0.2};
  truth.power.emc = {1e9, 1.0, 1.0, 0.0, 0.4, 0.0};
  for (const Domain& domain : board.domains) {
    if (domain.kind == DomainKind::kGpu) truth.power.gpu.highest_hz = domain.frequencies_hz.back();
    if (domain.kind == DomainKind::kEmc) truth.power.emc.highest_hz = domain.frequencies_hz.back();
  }
  return truth;
}

// Every second CPU and every GPU frequency at the highest memory clock; relative noise `noise`.
inline Measurements sample_sweep(const Board& board, double noise) {
  const FittedParameters truth = sample_truth(board);
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0.0, 1.0);
  Measurements set;
  set.file = "sample.csv";
  set.varied = {FitKnob::kCpu, FitKnob::kGpu};
  set.held = {FitKnob::kEmc};
  const auto& cpu = board.knobs[find_knob(board.knobs, "cpu")].levels;
  const auto& gpu = board.knobs[find_knob(board.knobs, "gpu")].levels;
  set.highest = {cpu.back(), gpu.back(), board.knobs[find_knob(board.knobs, "emc")].levels.back()};
  for (std::size_t c = 0; c < cpu.size(); c += 2) {
    for (const double gpu_hz : gpu) {
      Measurement row;
      row.line = set.rows.size() + 2;
      row.point = {cpu[c], gpu_hz, set.highest.emc_hz};
      const RowPrediction exact = formula(truth, LoadKind::kBatches, row);
      row.seconds = exact.seconds * std::exp(noise * normal(random));
      row.watts = exact.watts * std::exp(noise * normal(random));
      set.rows.push_back(row);
    }
  }
  return set;
}

// The same as a file.
inline std::string sample_csv(const Measurements& set) {
  std::string text = "cpu_khz,gpu_hz,time_ms,power_mw\n";
  for (const Measurement& row : set.rows) {
    text += std::to_string(std::lround(row.point.cpu_hz / 1e3)) + "," +
            std::to_string(std::lround(row.point.gpu_hz)) + "," +
            std::to_string(1e3 * row.seconds) + "," + std::to_string(1e3 * row.watts) + "\n";
  }
  return text;
}

}  // namespace flyball
