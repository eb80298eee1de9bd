// `flyball reproduce peers`: the learned governors of others, by recipes of configs/train/peers on
// the same trainer, logs and arrivals as our own, on seeds that nobody has seen. Free functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/own/judged_jobs.h"

namespace flyball {

// The files of configs/train/peers, by name; and, as the first two, "flyball" and "least squares".
std::vector<std::string> learner_names();

// What a learner came to, with and without the guard.
struct PeerRun {
  JudgedRun guarded;
  JudgedRun bare;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PeerRun, guarded, bare)
using PeerRuns = std::map<std::string, PeerRun>;  // by learner

// Every learner on the log of one seed. Callable from several threads; throws Interrupted.
PeerRuns train_peers(const ChangingCase& which, std::uint64_t seed);

// A scenario and what the learners came to, one entry per seed.
struct PeersCase : JudgedCase {
  std::vector<PeerRuns> runs;
};

// The table's rows, without its note. Requires: a run in every case.
void add_peer_rows(const std::vector<PeersCase>& cases, ReproductionTable& table);

// Only a note of what is missing, where a shard has been worked on and others are not there yet.
// Throws Interrupted after Ctrl-C.
void reproduce_peers(const JudgedOptions& options, ReproductionTable& table);

}  // namespace flyball
