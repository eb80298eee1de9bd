// Progress of one long piece of work, on stderr: on a terminal one line that is rewritten,
// elsewhere a line every few seconds. Nothing is shown for work that ends within a second. Not
// thread-safe.
//
//   Progress progress("train", steps);
//   for (...) progress.update(done, fmt::format("loss {:.3f}", loss));
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>

namespace flyball {

// Where and when to show; the defaults are a program's, tests give their own.
struct ProgressOutput {
  std::FILE* stream = stderr;
  std::optional<bool> is_terminal;       // absent: ask the stream
  std::function<double()> now_seconds;   // absent: the steady clock
  double terminal_period_seconds = 0.2;  // between rewrites
  double line_period_seconds = 5.0;      // between lines
};

class Progress {
 public:
  // `total`: how much work there is, in the units of update(); 0 when nobody knows.
  Progress(std::string label, double total, ProgressOutput output = {});
  // Ends the line; shows the last state if anything was shown.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap: looks at the clock and seldom writes. `note` is appended as it is.
  void update(double done, const std::string& note = {});

 private:
  std::string line(double elapsed_seconds) const;
  void show(double now_seconds);
  void write(const std::string& text);

  std::string label_;
  double total_;
  ProgressOutput output_;
  bool is_terminal_;
  double start_seconds_;
  double next_seconds_;
  double done_ = 0.0;
  std::string note_;
  std::size_t shown_width_ = 0;  // 0: nothing was shown yet
};

}  // namespace flyball
