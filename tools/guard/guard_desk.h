// What the guard makes of one request: whether it is allowed, what it does to the clocks, and the
// answer. It trusts nothing of the request. Not thread-safe; allocates nothing, but for lending.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <system_error>

#include "env/jetson/board_controls.h"
#include "tools/guard/guard_wire.h"

namespace flyball {

class GuardDesk {
 public:
  // Answers go to `channel`, a descriptor of the caller's. `when_lent`: called before it is
  // answered that knobs were lent; what it throws refuses them.
  GuardDesk(BoardControls& controls, int channel, std::function<void()> when_lent);

  // Knobs that exist, lent or not as the call needs it, levels that they have.
  bool allows(const GuardRequest& request) const;
  // Requires: it is allowed.
  void answer(const GuardRequest& request, double now_seconds);
  // Who does not take it is not waited for.
  void send_message(GuardWord word, const std::error_code& error, std::string_view text = {});

 private:
  void lend(std::span<const std::size_t> knobs);
  void refuse(const std::error_code& error, const char* why);
  void apply(std::span<const std::size_t> knobs, const GuardRequest& request);
  void give_back(std::span<const std::size_t> knobs);

  BoardControls& controls_;
  int channel_;
  std::function<void()> when_lent_;
};

}  // namespace flyball
