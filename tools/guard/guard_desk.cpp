#include "tools/guard/guard_desk.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace flyball {

GuardDesk::GuardDesk(BoardControls& controls, int channel, std::function<void()> when_lent)
    : controls_(controls), channel_(channel), when_lent_(std::move(when_lent)) {}

bool GuardDesk::allows(const GuardRequest& request) const {
  if (request.count > kMaxKnobs || request.call > GuardCall::kGiveBack) return false;
  for (std::size_t k = 0; k < request.count; ++k) {
    const std::size_t knob = request.knobs[k];
    if (knob >= controls_.knob_count()) return false;
    const bool is_lent = controls_.is_lent(knob);
    if (request.call == GuardCall::kLend && is_lent) return false;
    if (request.call != GuardCall::kApply) continue;
    const LevelRange range = request.setting[k];
    if (!is_lent || std::max(range.floor, range.ceiling) >= controls_.level_count(knob)) {
      return false;
    }
  }
  return true;
}

void GuardDesk::answer(const GuardRequest& request, double now_seconds) {
  std::array<std::size_t, kMaxKnobs> indices{};
  std::copy_n(request.knobs.begin(), request.count, indices.begin());
  const std::span<const std::size_t> knobs(indices.data(), request.count);
  switch (request.call) {
    case GuardCall::kLend: return lend(knobs);
    case GuardCall::kApply: controls_.set_time(now_seconds); return apply(knobs, request);
    case GuardCall::kLook: controls_.look(now_seconds); return send_message(GuardWord::kAnswer, {});
    case GuardCall::kGiveBack: return give_back(knobs);
  }
}

void GuardDesk::lend(std::span<const std::size_t> knobs) {
  try {
    controls_.lend(knobs);
    when_lent_();
    send_message(GuardWord::kAnswer, {});
  } catch (const std::system_error& error) {
    refuse(error.code(), error.what());
  } catch (const std::exception& error) {
    refuse(std::make_error_code(std::errc::operation_not_permitted), error.what());
  }
}

void GuardDesk::refuse(const std::error_code& error, const char* why) {
  controls_.give_back_all();
  send_message(GuardWord::kAnswer, error, why);
}

void GuardDesk::apply(std::span<const std::size_t> knobs, const GuardRequest& request) {
  Setting setting;
  setting.resize(knobs.size());
  for (std::size_t k = 0; k < knobs.size(); ++k) setting[k] = request.setting[k];
  const std::error_code error = controls_.apply(knobs, setting);
  send_message(GuardWord::kAnswer, error, controls_.state().last_failure.data());
}

void GuardDesk::give_back(std::span<const std::size_t> knobs) {
  controls_.give_back(knobs);
  const RestoreReport& report = controls_.state().report;
  for (const std::string& line : report.failures) send_message(GuardWord::kFailure, {}, line);
  for (const std::string& line : report.remarks) send_message(GuardWord::kRemark, {}, line);
  send_message(GuardWord::kAnswer, {});
}

void GuardDesk::send_message(GuardWord word, const std::error_code& error, std::string_view text) {
  GuardMessage message;
  message.word = word;
  const std::vector<LevelRange>& limits = controls_.state().limits;
  message.knobs = static_cast<std::uint32_t>(limits.size());
  std::copy(limits.begin(), limits.end(), message.limits.begin());
  message.shield = controls_.state().shield;
  message.error = to_wire(error);
  message.controls = controls_.state().report.controls;
  put_text(message.text, text);
  // Who does not take it is found out by its silence.
  send(channel_, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace flyball
