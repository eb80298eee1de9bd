// A Jetson board through its files: the plant that flyballd governs, and the emulated one alike.
//
// Everything is found under a root directory (`/`, a mounted emulator, a test's directory tree):
// env/jetson/README.md lists the files. A lease pins by limits (min = max) and leaves the kernel's
// governors in place; the memory clock is locked. What a lease may write is saved first and put
// back when the last lease ends; what a dead predecessor left is put back by the constructor. A
// sensor that fails is absent and told once; only what is needed makes a reading fail. One thread;
// one process per board.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/jetson/application_source.h"
#include "env/jetson/board_controls.h"
#include "env/jetson/table_fit.h"
#include "env/plant.h"

namespace flyball {

// Without which of these a reading has failed.
struct TelemetryNeeds {
  std::vector<std::string> knobs;  // whose limits and clocks; empty: every one
  bool clocks = true;              // what the knobs run at; their limits are always needed
  bool cpus = true;
  bool power = true;  // the module's
  bool temperature = true;
  bool application = true;  // nothing fails for its want; it must only be readable for good
};

struct JetsonConfig {
  std::filesystem::path root = "/";
  Board board;                            // tables and mode limits are taken from the files
  std::filesystem::path state_directory;  // of the backup; empty: run/flyball under the root
  double power_period_seconds = 0.5;      // the sensors average over 0.43 s: more is no news
  double temperature_period_seconds = 1.0;
  double application_patience_seconds = 2.0;  // figures that are older are absent
  TelemetryNeeds needs;
  // Limits, clocks that `needs` does not name and unneeded CPU times are read at every reading, for
  // a log; else every 0.5 s, and the telemetry has the last ones. Those that fail are read again.
  bool reads_all = true;
  std::vector<KnownTable> tables;  // of knobs whose levels somebody knows from elsewhere
  YieldRule yield;
  Teller tell;                         // hears what an operator should know; may be empty
  bool only_reads = false;             // writes nothing at all, takes no lock, lends nothing
  std::optional<int> wake_descriptor;  // readable: sleeping on the timeline ends (a signalfd)
};

class JetsonPlant final : public Plant {
 public:
  // Restores first what a dead predecessor left behind. Throws std::system_error (another process
  // governs the board, a file cannot be opened) and std::runtime_error (no such board here, a
  // backup that cannot be replayed), naming path and value. Creates nothing where there is no
  // board.
  explicit JetsonPlant(JetsonConfig config);
  ~JetsonPlant() override;

  const PlantDescription& description() const override;
  Timeline& timeline() override;
  [[nodiscard]] std::error_code read(Telemetry& telemetry) noexcept override;
  ControlLease lease(std::span<const std::size_t> knobs) override;

  // How putting back went: what the constructor replayed, then what the last lease's end did. A
  // failed one leaves the backup for the next start.
  const RestoreReport& restore_report() const;
  // "FILE: what went wrong", of the last error of read() or of a lease; empty: none.
  const char* last_failure() const;
  // By which way the application reports, and its file, which is opened by its name again whenever
  // the application makes a new one.
  const ApplicationSource& application() const;

  // The board's controls in this process; null: `only_reads`, or a keeper of its own has them.
  BoardControls* controls();
  // From here on somebody else holds the clocks; our controls and the lock are closed, not given
  // back. For a process that was forked from the one that keeps them. Requires: no lease.
  void set_keeper(std::unique_ptr<ClockKeeper> keeper);

  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace flyball
