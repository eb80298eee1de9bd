// A training configuration made of logs: `flyball train --log L` without one. The load chooses a
// recipe of configs/train, and what goes beyond it is found by trying. Every choice is said with
// its reason. The same logs and wishes give the same file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/training/log_facts.h"

namespace flyball {

// The first line of every recipe that is made of logs.
inline constexpr const char* kMadeOfLogs = "# Made by flyball train of logs, which --log gives.";

// What is asked for; what is absent is chosen.
struct RecipeWish {
  std::optional<double> latency_seconds;   // mean per request at most
  std::optional<double> in_time_share;     // of the requests at least
  std::optional<double> deadline_seconds;  // that the logs count misses against
  std::string scenario;                    // to measure on; empty: that of simulated logs
};

// What a configuration says beyond the facts: found by trying.
struct RecipeChoices {
  std::size_t degree = 5;  // of the features, at most
  std::size_t radius = 0;  // of the support
};

struct AutomaticRecipe {
  std::string recipe;                    // of configs/train
  std::vector<std::string> assignments;  // "KEY=VALUE", set over it
  std::vector<std::string> reasons;      // one line each
};

// Throws std::invalid_argument where a wish does not fit the load.
AutomaticRecipe recipe_for(const LogFacts& facts, const RecipeWish& wish,
                           const RecipeChoices& choices);

// As a file: the reasons as comments, and the recipe with everything set. Throws ConfigError.
std::string text_of(const AutomaticRecipe& recipe);

// Reads the logs, tries what has to be tried on them (degree and support), and writes `file`. Gives
// the reasons. Throws as load_training_set and recipe_for, and Interrupted.
std::vector<std::string> write_automatic_recipe(const std::vector<std::string>& patterns,
                                                const RecipeWish& wish, std::uint64_t seed,
                                                const std::filesystem::path& file);

}  // namespace flyball
