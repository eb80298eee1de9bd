#include "tools/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "env/output_file.h"
#include "env/printable.h"

namespace flyball {

namespace {

constexpr double kSilentSeconds = 1.0;
constexpr double kLeastShare = 0.005;  // done: from less nobody can tell how long the rest takes

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration(double seconds) {
  if (seconds < 100.0) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  return fmt::format("{}:{:02} min", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string label, double total, ProgressOutput output)
    : label_(std::move(label)), total_(total), output_(std::move(output)) {
  if (!output_.now_seconds) output_.now_seconds = steady_seconds;
  is_terminal_ = output_.is_terminal.value_or(isatty(fileno(output_.stream)) != 0);
  start_seconds_ = output_.now_seconds();
  next_seconds_ = start_seconds_ + kSilentSeconds;
}

Progress::~Progress() {
  if (shown_width_ == 0) return;
  show(output_.now_seconds());
  if (is_terminal_) std::fputc('\n', output_.stream);
  std::fflush(output_.stream);
}

void Progress::update(double done, const std::string& note) {
  done_ = done;
  const double now = output_.now_seconds();
  if (now < next_seconds_) return;
  note_ = note;
  show(now);
  next_seconds_ =
      now + (is_terminal_ ? output_.terminal_period_seconds : output_.line_period_seconds);
}

std::string Progress::line(double elapsed_seconds) const {
  const double rate = elapsed_seconds > 0.0 ? done_ / elapsed_seconds : 0.0;
  std::string text = label_ + ": ";
  if (total_ > 0.0) {
    text += fmt::format("{:.0f} % ({:.0f} of {:.0f})", 100.0 * done_ / total_, done_, total_);
  } else {
    text += fmt::format("{:.0f}", done_);
  }
  text += fmt::format(", {:.3g}/s", rate);
  if (total_ > done_ && done_ >= kLeastShare * total_ && rate > 0.0) {
    text += fmt::format(", {} left", duration((total_ - done_) / rate));
  } else {
    text += fmt::format(", {}", duration(elapsed_seconds));
  }
  if (!note_.empty()) text += ", " + note_;
  return text;
}

// A stream that is closed or full, or that nobody reads, stops nothing.
void Progress::write(const std::string& text) {
  if (!takes_more(fileno(output_.stream))) return;
  std::fwrite(text.data(), 1, text.size(), output_.stream);
}

void Progress::show(double now_seconds) {
  const std::string text = printable(line(now_seconds - start_seconds_));
  if (is_terminal_) {
    write(fmt::format("\r{:<{}}", text, shown_width_));
  } else {
    write(text + '\n');
  }
  std::fflush(output_.stream);
  shown_width_ = std::max(shown_width_, text.size());
}

}  // namespace flyball
