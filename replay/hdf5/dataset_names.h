// The names of Minari's layout and of what Flyball adds to it; FORMAT.md describes them.
#pragma once

#include <cstddef>

namespace flyball::dataset_names {

inline constexpr const char* kObservations = "observations";
inline constexpr const char* kActions = "actions";
inline constexpr const char* kRewards = "rewards";
inline constexpr const char* kTerminations = "terminations";
inline constexpr const char* kTruncations = "truncations";
inline constexpr const char* kInfos = "infos";

// In infos; row t + 1 belongs to step t.
inline constexpr const char* kBefore = "before_effect";
inline constexpr const char* kAfter = "after_effect";
inline constexpr const char* kEffectSeconds = "effect_seconds";
inline constexpr const char* kSeconds = "seconds";
inline constexpr const char* kWeight = "weight";
inline constexpr const char* kDecidedBy = "decided_by";
inline constexpr const char* kProbability = "probability";
inline constexpr const char* kHasProbability = "has_probability";
inline constexpr const char* kLevels = "levels";
inline constexpr const char* kAtEffect = "observation_at_effect";
inline constexpr const char* kHasAtEffect = "has_observation_at_effect";

// Attributes of the file that are Flyball's own begin with this.
inline constexpr const char* kOwn = "flyball_";
// The layout is that of Minari 0.5.0, the last whose infos are arrays.
inline constexpr const char* kMinariVersion = "0.5.0";
inline constexpr const char* kMainFile = "main_data.hdf5";
inline constexpr std::size_t kCostColumns = 5;
inline constexpr std::size_t kMaxActions = std::size_t{1} << 31;  // joint ones

}  // namespace flyball::dataset_names
