// The clocks of a board that another process holds: the guard (tools/guard/guard_process.h), which
// is asked over a socket. Not thread-safe. Asking allocates nothing.
#pragma once

#include <optional>

#include "env/jetson/clock_keeper.h"
#include "tools/guard/guard_process.h"
#include "tools/guard/guard_wire.h"
#include "tools/guard/receive_timeout.h"

namespace flyball {

class RemoteKeeper final : public ClockKeeper {
 public:
  // `limits`: as the controls had them when the guard was started. An answer that takes longer than
  // `patience_seconds` is none.
  RemoteKeeper(GuardProcess guard, std::vector<LevelRange> limits, double patience_seconds);
  // The guard gives back what is still lent, and ends.
  ~RemoteKeeper() override;
  RemoteKeeper(const RemoteKeeper&) = delete;
  RemoteKeeper& operator=(const RemoteKeeper&) = delete;

  const KeeperState& state() const override { return state_; }
  // Throws std::runtime_error with the guard's reason.
  void lend(std::span<const std::size_t> knobs) override;
  [[nodiscard]] std::error_code apply(std::span<const std::size_t> knobs,
                                      const Setting& setting) noexcept override;
  // Does not wait: takes what the guard has seen since the last beat.
  void look(double now_seconds) noexcept override;
  void give_back(std::span<const std::size_t> knobs) noexcept override;

  // A sign of life, on which the guard looks at the board: once after each tick, so that it works
  // while this process sleeps. After an apply() it is not needed, and nothing is sent.
  void beat(double now_seconds) noexcept;
  // The guard died, hangs, or is watched over no more: governing must end, and whoever is left of
  // guard and watcher gives the clocks back.
  bool is_lost() const { return is_lost_; }

 private:
  std::error_code ask(const GuardRequest& request, double patience_seconds) noexcept;
  bool send_request(const GuardRequest& request) noexcept;
  bool receive(GuardMessage& message, int flags) noexcept;
  void take(const GuardMessage& message);

  GuardProcess guard_;
  ReceiveTimeout wait_;
  double patience_seconds_;
  KeeperState state_;
  std::optional<double> looks_since_;  // asked to look, and not answered yet
  bool has_applied_ = false;           // since the last beat
  bool is_lost_ = false;
};

}  // namespace flyball
