// Who holds the clocks for a plant: saves them before the first write, sets them, obeys what others
// write meanwhile, and gives them back. In this process (BoardControls), or in a process of its own
// with more rights (tools/daemon/remote_keeper.h). Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "env/jetson/backup.h"
#include "env/jetson/thermal_shield.h"
#include "env/knob.h"

namespace flyball {

// A line of text that is written without allocating.
using FixedText = std::array<char, 320>;

// What does not fit is cut.
inline void put_text(FixedText& text, std::string_view line) noexcept {
  const std::size_t size = std::min(line.size(), text.size() - 1);
  std::copy_n(line.begin(), size, text.begin());
  text[size] = '\0';
}

struct KeeperState {
  std::vector<LevelRange> limits;  // per knob: what the board leaves to us now
  FixedText last_failure{};        // "FILE: what went wrong", of the last error; empty: none
  RestoreReport report;            // how putting back went
  ShieldState shield;              // against heat; limits are what it leaves
};

class ClockKeeper {
 public:
  virtual ~ClockKeeper() = default;
  virtual const KeeperState& state() const = 0;
  // The first time opens every control and saves it. Throws std::system_error naming the file that
  // refused (of another process a std::runtime_error that does), std::runtime_error when a former
  // state cannot be put back.
  virtual void lend(std::span<const std::size_t> knobs) = 0;
  // As LeaseGrant::apply, for these knobs. PlantError::kSteppedAside: somebody else insists on
  // values of their own, and the kernel governs until that is over.
  [[nodiscard]] virtual std::error_code apply(std::span<const std::size_t> knobs,
                                              const Setting& setting) noexcept = 0;
  // Called at every reading: what others wrote since becomes the limit at once.
  virtual void look(double now_seconds) noexcept = 0;
  // These knobs read as they were found, or as others left them. Results are in the report.
  virtual void give_back(std::span<const std::size_t> knobs) noexcept = 0;
};

}  // namespace flyball
