// Files of the emulated board that fail, as a board's do: which, how and from when on. Thread-safe.
//
//   FILE=KIND[@SECONDS]     FILE is a path, or the end of one: scaling_max_freq,
//   policy0/scaling_cur_freq;
//                           a directory stands for all that is in it. SECONDS since the mount.
//   EIO EINVAL EAGAIN EACCES ENODEV ENODATA EBUSY    reading and writing give this error
//                           (EBUSY: a CPU policy whose CPUs are offline)
//   slow    is answered after 0.3 s            hung    is not answered as long as the fault lasts
//   stuck   a write is accepted and changes nothing
//   gone    the file or directory does not exist; what is open already gives ENODEV
//   ok      the fault is over; with SECONDS it will be then: gone, then ok@5, is a file that is
//   late
#pragma once

#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

class FaultSet {
 public:
  explicit FaultSet(std::function<double()> now_seconds);

  // Throws std::invalid_argument saying what is wrong and what is allowed.
  void set(std::string_view text);
  // One line each, as they were set.
  std::string text() const;

  bool is_gone(std::string_view path) const;
  bool is_stuck(std::string_view path) const;
  // What opening for writing gives: 0 or an error number.
  int open_error(std::string_view path) const;
  // What reading or writing gives: 0 or an error number. Waits where the file is slow or hung;
  // EINTR once `gives_up` says so (the one who asked was killed).
  int meet(std::string_view path, const std::function<bool()>& gives_up = {});
  // Somebody may have to wait, so whoever serves must not be alone.
  bool may_wait() const;
  // Who waits does so no longer.
  void end();

 private:
  enum class Kind { kError, kSlow, kHung, kStuck, kGone };
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  struct Fault {
    std::string file;
    std::string kind_name;
    Kind kind = Kind::kError;
    int error = 0;
    double from_seconds = 0.0;
    double until_seconds = kNever;
  };
  static Fault parse(std::string_view text);
  const Fault* find(std::string_view path) const;
  bool is(std::string_view path, Kind kind) const;

  std::function<double()> now_seconds_;
  double start_seconds_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Fault> faults_;
  bool is_over_ = false;
};

}  // namespace flyball
