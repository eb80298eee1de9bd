// A Jetson board through its files: the plant that flyballd governs, and the emulated one alike.
//
// Everything is found under a root directory (`/`, a mounted emulator, a test's directory tree):
// env/jetson/README.md lists the files. A lease pins by limits (min = max) and leaves the kernel's
// governors in place; the memory clock is locked. What a lease may write is saved first and put
// back when the last lease ends; what a dead predecessor left is put back by the constructor. One
// thread; one process per board.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "env/board.h"
#include "env/jetson/backup.h"
#include "env/plant.h"

namespace flyball {

struct JetsonConfig {
  std::filesystem::path root = "/";
  Board board;                            // tables and mode limits are taken from the files
  std::filesystem::path state_directory;  // backup and lock; empty: run/flyball under the root
  double power_period_seconds = 0.5;      // the sensors average over 0.43 s: more is no news
  double temperature_period_seconds = 1.0;
  std::optional<int> wake_descriptor;  // readable: sleeping on the timeline ends (a signalfd)
};

class JetsonPlant final : public Plant {
 public:
  // Restores first what a dead predecessor left behind. Throws std::system_error (another process
  // governs the board, a file cannot be opened) and std::runtime_error (no such board here, a
  // backup that cannot be replayed), naming path and value.
  explicit JetsonPlant(JetsonConfig config);
  ~JetsonPlant() override;

  const PlantDescription& description() const override;
  Timeline& timeline() override;
  [[nodiscard]] std::error_code read(Telemetry& telemetry) noexcept override;
  ControlLease lease(std::span<const std::size_t> knobs) override;

  // How putting back went: what the constructor replayed, then what the last lease's end did. A
  // failed one leaves the backup for the next start.
  const RestoreReport& restore_report() const;

  class Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace flyball
