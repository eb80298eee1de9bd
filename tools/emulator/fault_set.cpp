#include "tools/emulator/fault_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <stdexcept>

namespace flyball {

namespace {

constexpr auto kSlow = std::chrono::milliseconds(300);
constexpr auto kAskWhetherKilled = std::chrono::milliseconds(20);

struct NamedError {
  const char* name;
  int number;
};

constexpr NamedError kErrors[] = {{"EIO", EIO},       {"EINVAL", EINVAL}, {"EAGAIN", EAGAIN},
                                  {"EACCES", EACCES}, {"ENODEV", ENODEV}, {"ENODATA", ENODATA},
                                  {"EBUSY", EBUSY}};

[[noreturn]] void refuse(std::string_view text) {
  throw std::invalid_argument(fmt::format(
      "\"{}\": FILE=KIND[@SECONDS] expected; KIND is EIO, EINVAL, EAGAIN, EACCES, ENODEV, "
      "ENODATA, EBUSY, slow, hung, stuck, gone or ok",
      text));
}

// `file` is the whole path, its end, or a directory on it.
bool is_on(std::string_view path, std::string_view file) {
  const std::string closed = fmt::format("{}/", path);
  const std::string wanted = fmt::format("{}{}/", file.starts_with('/') ? "" : "/", file);
  const std::size_t at = closed.find(wanted);
  return file.starts_with('/') ? at == 0 : at != std::string::npos;
}

}  // namespace

FaultSet::FaultSet(std::function<double()> now_seconds)
    : now_seconds_(std::move(now_seconds)), start_seconds_(now_seconds_()) {}

FaultSet::Fault FaultSet::parse(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) refuse(text);
  Fault fault;
  fault.file = text.substr(0, equals);
  while (fault.file.size() > 1 && fault.file.ends_with('/')) fault.file.pop_back();
  std::string_view kind = text.substr(equals + 1);
  if (const std::size_t at = kind.find('@'); at != std::string_view::npos) {
    const char* const end = kind.data() + kind.size();
    const auto parsed = std::from_chars(kind.data() + at + 1, end, fault.from_seconds);
    if (parsed.ec != std::errc{} || parsed.ptr != end || !(fault.from_seconds >= 0.0)) refuse(text);
    kind = kind.substr(0, at);
  }
  fault.kind_name = kind;
  const auto* const error = std::ranges::find(kErrors, kind, &NamedError::name);
  if (error != std::end(kErrors)) {
    fault.error = error->number;
  } else if (kind == "slow") {
    fault.kind = Kind::kSlow;
  } else if (kind == "hung") {
    fault.kind = Kind::kHung;
  } else if (kind == "stuck") {
    fault.kind = Kind::kStuck;
  } else if (kind == "gone") {
    fault.kind = Kind::kGone;
  } else if (kind != "ok") {
    refuse(text);
  }
  return fault;
}

void FaultSet::set(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  Fault fault = parse(text);
  const std::lock_guard lock(mutex_);
  if (fault.kind_name == "ok" && fault.from_seconds > now_seconds_() - start_seconds_) {
    for (Fault& old : faults_) {
      if (old.file == fault.file) old.until_seconds = fault.from_seconds;
    }
    return;
  }
  std::erase_if(faults_, [&](const Fault& old) { return old.file == fault.file; });
  if (fault.kind_name != "ok") faults_.push_back(std::move(fault));
  changed_.notify_all();
}

std::string FaultSet::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const Fault& fault : faults_) {
    text += fault.file + "=" + fault.kind_name;
    if (fault.from_seconds > 0.0) text += fmt::format("@{:g}", fault.from_seconds);
    text += '\n';
    const bool has_end = fault.until_seconds < kNever;
    if (has_end) text += fmt::format("{}=ok@{:g}\n", fault.file, fault.until_seconds);
  }
  return text;
}

// Requires: the mutex is held.
const FaultSet::Fault* FaultSet::find(std::string_view path) const {
  const double now = now_seconds_() - start_seconds_;
  const auto found = std::ranges::find_if(faults_, [&](const Fault& fault) {
    return now >= fault.from_seconds && now < fault.until_seconds && is_on(path, fault.file);
  });
  return found == faults_.end() ? nullptr : &*found;
}

bool FaultSet::is(std::string_view path, Kind kind) const {
  const std::lock_guard lock(mutex_);
  const Fault* fault = find(path);
  return fault != nullptr && fault->kind == kind;
}

bool FaultSet::is_gone(std::string_view path) const { return is(path, Kind::kGone); }

bool FaultSet::is_stuck(std::string_view path) const { return is(path, Kind::kStuck); }

int FaultSet::open_error(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const Fault* fault = find(path);
  return fault != nullptr && fault->error == EACCES ? EACCES : 0;
}

int FaultSet::meet(std::string_view path, const std::function<bool()>& gives_up) {
  std::unique_lock lock(mutex_);
  const Fault* fault = find(path);
  if (fault != nullptr && fault->kind == Kind::kSlow) changed_.wait_for(lock, kSlow);
  while (!is_over_ && (fault = find(path)) != nullptr && fault->kind == Kind::kHung) {
    changed_.wait_for(lock, kAskWhetherKilled);
    if (gives_up && gives_up()) return EINTR;
  }
  if (is_over_) return EIO;
  if (fault == nullptr) return 0;
  return fault->kind == Kind::kGone ? ENODEV : fault->error;
}

bool FaultSet::may_wait() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(faults_, [](const Fault& fault) {
    return fault.kind == Kind::kSlow || fault.kind == Kind::kHung;
  });
}

void FaultSet::end() {
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  changed_.notify_all();
}

}  // namespace flyball
