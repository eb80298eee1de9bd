// Where a board shows and takes its memory clock. Needs debugfs. Setup only.
//
//   T210 (Nano): clk/override.emc: clk_update_rate, then clk_state 1; clk_state 0 frees it
//   BPMP:        bpmp/debug/clk/emc: mrq_rate_locked 1, then rate; mrq_rate_locked 0 frees it
//   JetPack 6:   as BPMP with bpmp/debug/bwmgr/bwmgr_halt 1 first, and the lock around each change
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/jetson/board_files.h"

namespace flyball {

struct EmcFiles {
  EmcInterface interface = EmcInterface::kBpmp;
  std::string rate;      // rate; T210: clk_update_rate
  std::string lock;      // mrq_rate_locked; T210: override.emc/clk_state
  std::string halt;      // JetPack 6
  std::string running;   // what the memory runs at
  std::string activity;  // of the activity monitor
  std::string cap;       // nvpmodel's; 0 or no such file: none
  std::string rates;     // the table
};

// Absent where the board shows no memory clock (no debugfs, or not root).
std::optional<EmcFiles> find_emc_files(const std::string& root);

// The rates that the board lists, ascending, in hertz; empty where it lists none (T210).
std::vector<double> emc_rates_hz(const EmcFiles& files);

// A memory clock that has limits of its own, as CPUs and GPU do (AGX Thor): its devfreq folder;
// empty: there is none. Where the files above are there, too, they go before it.
std::string find_emc_devfreq(const std::string& root);

}  // namespace flyball
