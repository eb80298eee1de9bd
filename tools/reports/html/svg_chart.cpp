#include "tools/reports/html/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace flyball {

namespace {

constexpr double kWidth = 640.0;
constexpr double kHeight = 300.0;
constexpr double kLeft = 64.0;
constexpr double kRight = 16.0;
constexpr double kTop = 12.0;
constexpr double kBottom = 46.0;
constexpr double kLegendRow = 18.0;
constexpr std::size_t kColours = 8;  // --c0 .. --c7 of the page

class Axis {
 public:
  void take(double value) {
    if (!std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  bool is_empty() const { return low_ > high_; }
  double share(double value) const { return high_ > low_ ? (value - low_) / (high_ - low_) : 0.5; }

  // 1, 2 or 5 times a power of ten, about five in the range.
  std::vector<double> ticks() const {
    const double span = high_ - low_;
    if (!(span > 0.0)) return {low_};
    const double power = std::pow(10.0, std::floor(std::log10(span / 5.0)));
    double step = 10.0 * power;
    for (const double factor : {5.0, 2.0, 1.0}) {
      if (factor * power >= span / 5.0) step = factor * power;
    }
    std::vector<double> ticks;
    for (double i = std::ceil(low_ / step - 1e-9); i * step <= high_ + 1e-9 * step; ++i) {
      ticks.push_back(i * step);
    }
    return ticks;
  }

 private:
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

std::string label(double x, double y, const char* anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor,
                     html_text(text));
}

std::string begin_svg(double height, const std::string& title) {
  return fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\" "
      "xmlns=\"http://www.w3.org/2000/svg\">",
      kWidth, height, html_text(title));
}

double at_x(const Axis& axis, double x) {
  return kLeft + (kWidth - kLeft - kRight) * axis.share(x);
}
double at_y(const Axis& axis, double y) {
  return kTop + (kHeight - kTop - kBottom) * (1.0 - axis.share(y));
}

std::string grid(const Chart& chart, const Axis& x, const Axis& y) {
  const double bottom = kHeight - kBottom;
  std::string svg;
  for (const double tick : y.ticks()) {
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", kLeft, at_y(y, tick),
                       kWidth - kRight);
    svg += label(kLeft - 6.0, at_y(y, tick) + 4.0, "end", fmt::format("{:.6g}", tick));
  }
  for (const double tick : x.ticks()) {
    svg += label(at_x(x, tick), bottom + 16.0, "middle", fmt::format("{:.6g}", tick));
  }
  svg += label((kLeft + kWidth - kRight) / 2.0, bottom + 36.0, "middle", chart.x_label);
  svg += fmt::format(
      "<text transform=\"translate(12,{:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
      (kTop + bottom) / 2.0, html_text(chart.y_label));
  return svg;
}

std::string draw(const ChartSeries& series, std::size_t colour, const Axis& x, const Axis& y) {
  std::string svg;
  std::string points;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) continue;
    const double px = at_x(x, series.x[i]);
    const double py = at_y(y, series.y[i]);
    if (series.is_line) {
      points += fmt::format("{:.1f},{:.1f} ", px, py);
      continue;
    }
    // Shapes, too, tell series apart.
    if (colour % 2 == 0) {
      svg += fmt::format("<circle class=\"p{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>", colour, px,
                         py);
    } else {
      svg += fmt::format("<path class=\"p{}\" d=\"M{:.1f} {:.1f}l5 9h-10z\"/>", colour, px, py - 6);
    }
  }
  if (!points.empty()) {
    svg += fmt::format("<polyline class=\"l{}\" points=\"{}\"/>", colour, points);
  }
  return svg;
}

std::string legend(const std::vector<std::string>& names, double top) {
  std::string svg;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double x = kLeft + (kWidth - kLeft) / 3.0 * static_cast<double>(i % 3);
    const double y = top + kLegendRow * static_cast<double>(i / 3);
    svg += fmt::format("<rect class=\"p{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"12\" height=\"12\"/>",
                       i % kColours, x, y - 10.0);
    svg += label(x + 18.0, y, "start", names[i]);
  }
  return svg;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html.append("&amp;"); break;
      case '<': html.append("&lt;"); break;
      case '>': html.append("&gt;"); break;
      case '"': html.append("&quot;"); break;
      default: html.push_back(c);
    }
  }
  return html;
}

std::string svg_chart(const Chart& chart) {
  Axis x;
  Axis y;
  std::vector<std::string> names;
  for (const ChartSeries& series : chart.series) {
    names.push_back(series.name);
    for (const double value : series.x) x.take(value);
    for (const double value : series.y) y.take(value);
  }
  const double rows = std::ceil(static_cast<double>(names.size()) / 3.0);
  std::string svg = begin_svg(kHeight + kLegendRow * rows + 8.0, chart.title);
  if (!x.is_empty() && !y.is_empty()) {
    svg += grid(chart, x, y);
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
      svg += draw(chart.series[i], i % kColours, x, y);
    }
  }
  return svg + legend(names, kHeight + 14.0) + "</svg>";
}

std::string svg_bars(const SharedBars& bars) {
  constexpr double kRow = 24.0;
  constexpr double kNames = 170.0;
  const double width = kWidth - kNames - kRight;
  std::string svg =
      begin_svg(kTop + kRow * static_cast<double>(bars.rows.size()) + kBottom, bars.title);
  for (std::size_t r = 0; r < bars.rows.size(); ++r) {
    const double y = kTop + kRow * static_cast<double>(r);
    svg += label(kNames - 8.0, y + 14.0, "end", bars.rows[r]);
    double x = kNames;
    for (std::size_t p = 0; p < bars.parts.size(); ++p) {
      const double part = width * bars.shares[r][p];
      if (part <= 0.0) continue;
      const double strength =
          bars.parts.size() > 1
              ? 0.15 + 0.85 * static_cast<double>(p) / static_cast<double>(bars.parts.size() - 1)
              : 1.0;
      svg += fmt::format(
          "<rect class=\"p0\" fill-opacity=\"{:.2f}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
          "height=\"18\"><title>{}: {:.1f} %</title></rect>",
          strength, x, y, part, html_text(bars.parts[p]), 100.0 * bars.shares[r][p]);
      x += part;
    }
  }
  const double y = kTop + kRow * static_cast<double>(bars.rows.size()) + 16.0;
  if (!bars.parts.empty()) {
    svg += label(kNames, y, "start", "light: " + bars.parts.front());
    svg += label(kWidth - kRight, y, "end", "dark: " + bars.parts.back());
  }
  return svg + "</svg>";
}

std::string svg_heat_map(const HeatMap& map) {
  Axis values;
  for (const auto& row : map.values) {
    for (const std::optional<double>& value : row) {
      if (value) values.take(*value);
    }
  }
  const double cell_x = (kWidth - kLeft - kRight) / static_cast<double>(map.x.size());
  const double cell_y = (kHeight - kTop - kBottom) / static_cast<double>(map.y.size());
  std::string svg = begin_svg(kHeight, map.title);
  for (std::size_t r = 0; r < map.y.size(); ++r) {
    const double y = kHeight - kBottom - cell_y * static_cast<double>(r + 1);
    if (cell_y >= 9.0 || r % 2 == 0) {
      svg += label(kLeft - 6.0, y + cell_y / 2.0 + 4.0, "end", map.y[r]);
    }
    for (std::size_t c = 0; c < map.x.size(); ++c) {
      if (!map.values[r][c]) continue;
      svg += fmt::format(
          "<rect class=\"p0\" fill-opacity=\"{:.2f}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
          "height=\"{:.1f}\"><title>{}, {}: {:.4g}</title></rect>",
          0.06 + 0.94 * values.share(*map.values[r][c]), kLeft + cell_x * static_cast<double>(c), y,
          cell_x, cell_y, html_text(map.x[c]), html_text(map.y[r]), *map.values[r][c]);
    }
  }
  const std::size_t stride = std::max<std::size_t>(1, map.x.size() / 8);
  for (std::size_t c = 0; c < map.x.size(); c += stride) {
    svg += label(kLeft + cell_x * (static_cast<double>(c) + 0.5), kHeight - kBottom + 16.0,
                 "middle", map.x[c]);
  }
  if (map.mark) {
    svg += fmt::format(
        "<rect class=\"mark\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
        kLeft + cell_x * static_cast<double>(map.mark->first),
        kHeight - kBottom - cell_y * static_cast<double>(map.mark->second + 1), cell_x, cell_y);
  }
  svg += label((kLeft + kWidth - kRight) / 2.0, kHeight - 10.0, "middle", map.x_label);
  svg += fmt::format(
      "<text transform=\"translate(12,{:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
      (kTop + kHeight - kBottom) / 2.0, html_text(map.y_label));
  return svg + "</svg>";
}

}  // namespace flyball
