#include "tools/daemon/live_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "env/output_file.h"
#include "env/printable.h"
#include "tools/daemon/run_folder.h"

namespace flyball {

namespace {

constexpr double kShowSeconds = 0.5;
constexpr double kLeastSliceSeconds = 2.0;  // of less nothing is said
constexpr double kLeastServed = 5.0;
constexpr std::size_t kUsualColumns = 80;

bool has_terminal(std::FILE* stream) {
  if (isatty(fileno(stream)) != 1) return false;
  const char* const kind = std::getenv("TERM");
  return kind == nullptr || std::string_view(kind) != "dumb";
}

// Joules per request where both served enough, otherwise watts.
std::optional<double> saving(const SpanCost& stock, const SpanCost& now) {
  if (!stock.energy_joules || !now.energy_joules) return std::nullopt;
  const bool by_request = std::min(stock.served, now.served) >= kLeastServed;
  const double before = *stock.energy_joules / (by_request ? stock.served : stock.seconds);
  const double after = *now.energy_joules / (by_request ? now.served : now.seconds);
  return before > 0.0 ? std::optional(1.0 - after / before) : std::nullopt;
}

}  // namespace

LiveLine::LiveLine(LiveOutput output)
    : output_(std::move(output)),
      is_on_(output_.is_terminal ? *output_.is_terminal : has_terminal(output_.stream)) {
  if (!output_.now_seconds) output_.now_seconds = steady_seconds;
}

void LiveLine::note(const TelemetryRow& row) {
  if (!is_on_) return;
  const bool is_stock = row.decided_by == DecidedBy::kResident;
  if (slice_ && slice_->is_stock != is_stock) {
    if (slice_->is_stock && slice_->cost.seconds >= kLeastSliceSeconds) stock_ = slice_->cost;
    slice_.reset();
  }
  if (!slice_) slice_ = Slice{{}, is_stock};
  slice_->cost += row.cost();
  recent_ += row.cost();
  seconds_ += row.period_seconds;
  setting_ = row.setting;
  const double now = output_.now_seconds();
  if (!shown_seconds_ || now - *shown_seconds_ >= kShowSeconds) show(now);
}

std::string LiveLine::setting_text() const {
  if (!setting_) return "the kernel decides";
  std::string text;
  for (std::size_t k = 0; k < std::min(knobs_.size(), setting_->size()); ++k) {
    const Knob& knob = knobs_[k];
    const LevelRange range = (*setting_)[k];
    const std::size_t top = std::min<std::size_t>(range.ceiling, knob.levels.size() - 1);
    const double value = knob.levels[top];
    text += fmt::format("{}{} {}{:.0f}", text.empty() ? "" : ", ", knob.name,
                        range.is_pinned() ? "" : "up to ",
                        knob.is_application() ? value : value * 1e-6);
    if (!knob.is_application()) text += " MHz";
  }
  return text;
}

std::string LiveLine::saving_text() const {
  if (!stock_) return "no stock yet";
  if (!slice_ || slice_->is_stock || slice_->cost.seconds < kLeastSliceSeconds) return "stock";
  const std::optional<double> share = saving(*stock_, slice_->cost);
  return share ? fmt::format("saves {:.0f} %", 100.0 * *share + 0.0) : "saves -";
}

std::string LiveLine::text() const {
  std::string watts = "-";
  std::string latency = "-";
  if (recent_.energy_joules && *recent_.energy_joules > 0.0 && recent_.seconds > 0.0) {
    watts = fmt::format("{:.2f}", *recent_.energy_joules / recent_.seconds);
  }
  if (recent_.served > 0.0) {
    latency = fmt::format("{:.1f}", 1e3 * recent_.in_system_seconds / recent_.served);
  }
  return fmt::format("{:.0f} s: {}; {} W, {} ms, {}, fallbacks {}", seconds_, setting_text(), watts,
                     latency, saving_text(), fallbacks_);
}

std::size_t LiveLine::columns() const {
  if (output_.columns) return *output_.columns;
  winsize size{};
  if (ioctl(fileno(output_.stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kUsualColumns;
  }
  return size.ws_col;
}

// A terminal that is stopped stops nothing.
void LiveLine::show(double now_seconds) {
  shown_seconds_ = now_seconds;
  std::string line = printable(text());
  recent_ = {};
  line.resize(std::min(line.size(), columns() - 1));
  if (!takes_more(fileno(output_.stream))) return;
  fmt::print(output_.stream, "\r{:<{}}\r", line, width_);
  std::fflush(output_.stream);
  width_ = line.size();
}

void LiveLine::clear() {
  if (width_ == 0) return;
  const std::size_t width = std::exchange(width_, 0);
  if (!takes_more(fileno(output_.stream))) return;
  fmt::print(output_.stream, "\r{:<{}}\r", "", width);
  std::fflush(output_.stream);
}

}  // namespace flyball
