#include "tools/daemon/remote_keeper.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace flyball {

namespace {

constexpr double kLendSeconds = 10.0;  // it opens files and syncs a disk
constexpr double kGiveBackSeconds = 5.0;
constexpr int kEndMilliseconds = 1000;

GuardRequest request_for(GuardCall call, std::span<const std::size_t> knobs) {
  GuardRequest request;
  request.call = call;
  request.count = static_cast<std::uint32_t>(std::min(knobs.size(), kMaxKnobs));
  for (std::size_t k = 0; k < request.count; ++k) {
    request.knobs[k] = static_cast<std::uint32_t>(knobs[k]);
  }
  return request;
}

}  // namespace

RemoteKeeper::RemoteKeeper(GuardProcess guard, std::vector<LevelRange> limits,
                           double patience_seconds)
    : guard_(std::move(guard)), wait_(guard_.channel.get()), patience_seconds_(patience_seconds) {
  state_.limits = std::move(limits);
}

RemoteKeeper::~RemoteKeeper() {
  shutdown(guard_.channel.get(), SHUT_WR);
  pollfd ended{guard_.channel.get(), 0, 0};  // hung up once it has ended
  poll(&ended, 1, kEndMilliseconds);
  if ((ended.revents & POLLHUP) == 0) kill(guard_.process, SIGKILL);  // then the watcher acts
  waitpid(guard_.process, nullptr, 0);
}

void RemoteKeeper::lend(std::span<const std::size_t> knobs) {
  const std::error_code error = ask(request_for(GuardCall::kLend, knobs), kLendSeconds);
  if (is_lost_) throw std::runtime_error("the guard process died before it had the clocks");
  if (error) throw std::runtime_error(state_.last_failure.data());
}

std::error_code RemoteKeeper::apply(std::span<const std::size_t> knobs,
                                    const Setting& setting) noexcept {
  if (setting.size() != knobs.size()) return std::make_error_code(std::errc::invalid_argument);
  GuardRequest request = request_for(GuardCall::kApply, knobs);
  for (std::size_t k = 0; k < request.count; ++k) request.setting[k] = setting[k];
  has_applied_ = true;
  return ask(request, patience_seconds_);
}

void RemoteKeeper::look(double now_seconds) noexcept {
  GuardMessage message;
  while (!is_lost_ && looks_since_ && receive(message, MSG_DONTWAIT)) take(message);
  if (looks_since_ && now_seconds - *looks_since_ > patience_seconds_) is_lost_ = true;
}

// The guard looks at every control before it sets any: then that was the beat.
void RemoteKeeper::beat(double now_seconds) noexcept {
  if (std::exchange(has_applied_, false) || is_lost_ || looks_since_) return;
  if (send_request(GuardRequest{})) looks_since_ = now_seconds;
}

void RemoteKeeper::give_back(std::span<const std::size_t> knobs) noexcept {
  state_.report = {};
  static_cast<void>(ask(request_for(GuardCall::kGiveBack, knobs), kGiveBackSeconds));
}

std::error_code RemoteKeeper::ask(const GuardRequest& request, double patience_seconds) noexcept {
  bool is_answered = is_lost_ || !send_request(request);
  GuardMessage message;
  while (!is_answered) {
    wait_.set(patience_seconds);
    is_lost_ = !receive(message, 0);
    if (is_lost_) break;
    const bool is_of_look = looks_since_.has_value();  // asked before, so answered before
    is_answered = message.word == GuardWord::kAnswer && !is_of_look;
    take(message);
  }
  return is_lost_ ? std::make_error_code(std::errc::broken_pipe) : from_wire(message.error);
}

bool RemoteKeeper::send_request(const GuardRequest& request) noexcept {
  const ssize_t size =
      send(guard_.channel.get(), &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT);
  is_lost_ = size != static_cast<ssize_t>(sizeof request);
  return !is_lost_;
}

// False where there is nothing, and where the guard has ended or has nobody who watches over it:
// then it is lost.
bool RemoteKeeper::receive(GuardMessage& message, int flags) noexcept {
  ssize_t size = 0;
  do {
    size = recv(guard_.channel.get(), &message, sizeof message, flags);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return false;
  message.text.back() = '\0';
  is_lost_ = size != static_cast<ssize_t>(sizeof message) || message.word == GuardWord::kUnwatched;
  return !is_lost_;
}

void RemoteKeeper::take(const GuardMessage& message) {
  if (message.word == GuardWord::kFailure) state_.report.failures.emplace_back(message.text.data());
  if (message.word == GuardWord::kRemark) state_.report.remarks.emplace_back(message.text.data());
  if (message.word != GuardWord::kAnswer) return;
  looks_since_.reset();
  state_.report.controls = message.controls;
  if (message.error.value != 0) state_.last_failure = message.text;
  state_.shield = message.shield;
  const std::size_t knobs = std::min<std::size_t>(message.knobs, state_.limits.size());
  std::copy_n(message.limits.begin(), knobs, state_.limits.begin());
}

}  // namespace flyball
