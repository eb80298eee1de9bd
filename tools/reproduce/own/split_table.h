// `flyball reproduce offload`: the network that is split between edge and cloud, trained and tested
// on Fashion-MNIST (the paper's CIFAR-100 and ImageNet are not at hand).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "agent/vision/idx_file.h"
#include "agent/vision/split_evaluation.h"
#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct SplitTableOptions {
  std::filesystem::path data;    // folder of images; empty: Debian's
  Effort effort = Effort::kAll;  // kQuick: one epoch on 10,000 images
  std::uint64_t seeds = 3;
  unsigned threads = 2;  // the figures do not depend on them
};

// Trains a split and a whole network per seed and tests both. Throws DataError where there are no
// images, Interrupted.
void reproduce_split(const SplitTableOptions& options, ReproductionTable& table);

// What one seed came to.
struct SplitRun {
  SplitEvaluation split;
  double whole = 0.0;            // share of right answers of the whole network
  double attention_share = 0.0;  // of the edge's operations
};

// The rows of runs that are there. Requires: at least one, all of the same shares.
void add_split_rows(const std::vector<SplitRun>& runs, ReproductionTable& table);

}  // namespace flyball
