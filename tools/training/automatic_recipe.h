// A training configuration made of logs: `flyball train --log L` without one. Every choice is said
// with its reason. The same logs, wishes and seed give the same file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "tools/training/log_facts.h"

namespace flyball {

// What is asked for; what is absent is chosen.
struct RecipeWish {
  std::optional<double> latency_seconds;   // mean per request at most
  std::optional<double> in_time_share;     // of the requests at least
  std::optional<double> deadline_seconds;  // that the logs count misses against
  std::string scenario;                    // to measure on; empty: that of simulated logs
};

// What a configuration says beyond the facts: found by trying.
struct RecipeChoices {
  std::size_t degree = 5;     // of the features, at most
  std::size_t radius = 0;     // of the support
  double miss_penalty = 2.0;  // of timed arrivals with deadlines
};

struct AutomaticRecipe {
  std::string text;                  // TOML, reasons as comments
  std::vector<std::string> reasons;  // one line each
};

// Throws std::invalid_argument where a wish does not fit the load.
AutomaticRecipe recipe_for(const LogFacts& facts, const RecipeWish& wish,
                           const RecipeChoices& choices);

// Reads the logs, tries what has to be tried (degree and support on the log, the price of a miss by
// trainings that are measured on the scenario), and writes `file`. Gives the reasons. Throws as
// load_training_set and recipe_for, and Interrupted.
std::vector<std::string> write_automatic_recipe(const std::vector<std::string>& patterns,
                                                const RecipeWish& wish, std::uint64_t seed,
                                                const std::filesystem::path& file);

}  // namespace flyball
