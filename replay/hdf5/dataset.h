// Datasets on disk in Minari's HDF5 layout: transitions of episodes, and what they are about.
// Values and free functions; one thread at a time in the whole process writes or reads
// (hdf5_file.h), whatever other threads do. The layout: FORMAT.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/knob.h"
#include "env/reward.h"
#include "replay/hdf5/guarded_child.h"
#include "replay/log_transitions.h"
#include "replay/transition.h"

namespace flyball {

struct DatasetInfo {
  std::string id;       // "board/name-v0"
  std::string version;  // of the program that wrote it
  std::string board;
  std::string scenario;
  std::vector<Knob> knobs;        // of the joint action, the last fastest; empty: not one of ours
  std::vector<std::string> caps;  // of those, the ones whose action is a ceiling
  std::vector<LevelRange> limits;
  double period_seconds = 1.0;  // H
  std::vector<std::string> observation_names;
  std::map<std::string, double> encoding;  // of the observation: what was encoded, and its scales
  SpanCredit credit = SpanCredit::kPeriod;
  SpanCounts counts;
  SpanCost residents;
  RewardConfig reward;               // `rewards` were computed with it
  std::vector<std::string> sources;  // logs and simulations
  bool simulated = false;            // at least one of them
  bool costs_are_rewards = false;    // another program's: no latency, no misses
};
// Those that are one value or one list; the file's format has places of their own for the others.
template <typename Visitor, FieldsOf<DatasetInfo> Config>
void visit(Visitor& field, Config& info) {
  field({"version", "", {}, "of the program that wrote it", Need::kRequired}, info.version);
  field({"board", "", {}, "the board's id", Need::kRequired}, info.board);
  field({"scenario", "", {}, "workload and arrivals"}, info.scenario);
  field({"sources", "", {}, "logs and simulations"}, info.sources);
  field({"caps", "", {}, "the knobs whose action is a ceiling"}, info.caps);
  field({"simulated", "", {}, "at least one of them"}, info.simulated);
  field({"costs_are_rewards", "", {}, "another program's: no latency, no misses"},
        info.costs_are_rewards);
  field({"period_seconds", "s", above(0), "the decision period H", Need::kRequired},
        info.period_seconds);
  field({"credit", "", {}, "what of a span was credited to its action", Need::kRequired},
        info.credit);
  field({"observation_names", "", {}, "components of the observation", Need::kRequired},
        info.observation_names);
}

struct Dataset {
  DatasetInfo info;
  std::size_t observation_size = 0;
  std::size_t action_count = 0;  // joint actions
  std::size_t episodes = 0;
  // Only rewards were recorded, by another program: each step's cost then is after_effect's
  // energy_joules = -reward, over one period, with one request served.
  bool rewards_only = false;
  std::vector<Transition> transitions;
};

// Whether `path` ends in ".hdf5", ".h5" or ".hdf", or is written through as it is.
bool is_dataset_file(const std::filesystem::path& path);

// Writes a new file; an episode ends where a transition is terminated or truncated, or the next one
// does not continue it. Everything of a transition reads back as the same bits, and the same
// transitions make the same bytes. `path` is any output that OutputFile writes; one that
// names no file becomes a folder as Minari keeps them: data/main_data.hdf5 and data/metadata.json.
// Throws
// std::runtime_error, or std::invalid_argument for a transition that is not finite or whose
// observation has another size.
void write_dataset(const std::filesystem::path& path, const DatasetInfo& info,
                   std::span<const Transition> transitions);

// What a file of this size may take to be read: 10 s of processor time and one more per MiB; 512
// MiB and a hundred times its size, at most the machine's memory.
ChildLimits dataset_limits(std::uint64_t file_bytes);

// Reads a file, or a folder of Minari's. A file of unknown origin can make libhdf5 crash or loop
// for ever, so a child process reads it, ours as well, and every value that comes back is checked.
// Throws DataError naming the file, the dataset inside it and what is wrong; Interrupted where
// `keep_going` says no.
Dataset read_dataset(const std::filesystem::path& path, const KeepGoing& keep_going = {},
                     const std::optional<ChildLimits>& limits = std::nullopt);

}  // namespace flyball
