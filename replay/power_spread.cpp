#include "replay/power_spread.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "env/busy_seconds.h"
#include "env/logs/row_gap.h"
#include "env/statistics.h"

namespace flyball {

namespace {

// Of a domain: f, f^3, and both times the busy units.
constexpr std::size_t kTermsPerDomain = 4;
constexpr double kShortestLagSeconds = 1e-3;
constexpr double kRidge = 1e-9;  // of the mean diagonal: terms that never move get nothing

struct Reading {
  std::size_t row = 0;
  double watts = 0.0;
};

// Consecutive readings without a gap between them: what the sensor saw of rows [from.row, to.row).
struct ReadingPair {
  Reading from;
  Reading to;
};

std::vector<ReadingPair> pairs_of_readings(std::span<const TelemetryRow> rows) {
  std::vector<ReadingPair> pairs;
  std::optional<Reading> last;
  std::optional<double> stamp;  // of the newest reading, however long ago
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool breaks =
        i > 0 && (rows[i - 1].truncated || rows[i - 1].terminated || is_gap(rows[i - 1], rows[i]));
    const Stamped<double>& watts = rows[i].telemetry.total_watts;
    if (breaks || !watts) last.reset();
    if (!watts || watts.time_seconds() == stamp) continue;
    stamp = watts.time_seconds();
    const Reading reading{i, *watts};
    if (last) pairs.push_back({*last, reading});
    last = reading;
  }
  return pairs;
}

double clock_share(const Domain& domain, std::size_t index, const Telemetry& t) {
  if (!t.domains) return 0.0;
  return t.domains->at(index).effective_hz.value_or(0.0) / domain.frequencies_hz.back();
}

// Busy units of the domain between the row and the next one.
double busy_units(const PlantDescription& plant, std::size_t domain, const Telemetry& from,
                  const Telemetry& to) {
  const double seconds = to.time_seconds - from.time_seconds;
  const auto before = busy_seconds(plant, domain, from);
  const auto after = busy_seconds(plant, domain, to);
  if (before && after && seconds > 0.0) return std::max(0.0, (*after - *before) / seconds);
  if (!to.domains) return 0.0;
  return to.domains->at(domain).utilization.value_or(0.0);
}

// What the power of a row is linear in: 1, then each domain's terms. Where a setting took effect
// inside the row, the clocks before and after it count for their parts; elsewhere halves.
void write_terms(const PlantDescription& plant, const TelemetryRow& row, const TelemetryRow& next,
                 Eigen::Ref<Eigen::VectorXd> terms) {
  const double before = row.before_effect.seconds;
  const double after = row.after_effect.seconds;
  const double first_part = before > 0.0 && after > 0.0 ? before / (before + after) : 0.5;
  terms.setZero();
  terms[0] = 1.0;
  for (std::size_t d = 0; d < plant.domains.size(); ++d) {
    const Domain& domain = plant.domains[d];
    const double busy = busy_units(plant, d, row.telemetry, next.telemetry);
    auto of_domain = terms.segment(static_cast<Eigen::Index>(1 + kTermsPerDomain * d),
                                   static_cast<Eigen::Index>(kTermsPerDomain));
    const auto add = [&](double share, double f) {
      of_domain += share * Eigen::Vector4d(f, f * f * f, busy * f, busy * f * f * f);
    };
    add(first_part, clock_share(domain, d, row.telemetry));
    add(1.0 - first_part, clock_share(domain, d, next.telemetry));
  }
}

// A first-order sensor forgets by e^(-t / lag): to.watts = kept * from.watts + sum of weight *
// power.
class SensorView {
 public:
  SensorView(std::span<const TelemetryRow> rows, double lag_seconds)
      : rows_(rows), lag_seconds_(std::max(lag_seconds, kShortestLagSeconds)) {}

  // Difference that the rows between have to account for.
  double difference(const ReadingPair& pair) const {
    return pair.to.watts - remembered(pair.from.row, pair.to.row) * pair.from.watts;
  }
  double weight(std::size_t row, const ReadingPair& pair) const {
    return remembered(row + 1, pair.to.row) - remembered(row, pair.to.row);
  }
  double sum(const ReadingPair& pair) const { return 1.0 - remembered(pair.from.row, pair.to.row); }

 private:
  double remembered(std::size_t row, std::size_t until) const {
    const double seconds = rows_[until].telemetry.time_seconds - rows_[row].telemetry.time_seconds;
    return std::exp(-seconds / lag_seconds_);
  }

  std::span<const TelemetryRow> rows_;
  double lag_seconds_;
};

}  // namespace

std::optional<std::vector<std::optional<double>>> spread_power(const TelemetryLogHeader& header,
                                                               std::span<const TelemetryRow> rows,
                                                               double lag_seconds) {
  const std::vector<ReadingPair> pairs = pairs_of_readings(rows);
  const auto spans_rows = [](const ReadingPair& pair) { return pair.to.row > pair.from.row + 1; };
  if (std::none_of(pairs.begin(), pairs.end(), spans_rows)) return std::nullopt;
  const auto count = static_cast<Eigen::Index>(1 + kTermsPerDomain * header.plant.domains.size());
  if (pairs.size() < kReadingsPerCoefficient * static_cast<std::size_t>(count)) return std::nullopt;

  const SensorView sensor(rows, lag_seconds);
  Eigen::VectorXd terms(count);
  Eigen::VectorXd seen(count);
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(count, count);
  Eigen::VectorXd sums = Eigen::VectorXd::Zero(count);
  for (const ReadingPair& pair : pairs) {
    seen.setZero();
    for (std::size_t row = pair.from.row; row < pair.to.row; ++row) {
      write_terms(header.plant, rows[row], rows[row + 1], terms);
      seen += sensor.weight(row, pair) * terms;
    }
    products.selfadjointView<Eigen::Lower>().rankUpdate(seen);
    sums += sensor.difference(pair) * seen;
  }
  products = products.selfadjointView<Eigen::Lower>();
  products.diagonal().array() += kRidge * products.diagonal().mean();
  const Eigen::VectorXd coefficients = products.ldlt().solve(sums);

  std::vector<std::optional<double>> watts(rows.size());
  for (const ReadingPair& pair : pairs) {
    double left = sensor.difference(pair);
    for (std::size_t row = pair.from.row; row < pair.to.row; ++row) {
      write_terms(header.plant, rows[row], rows[row + 1], terms);
      watts[row] = coefficients.dot(terms);
      left -= sensor.weight(row, pair) * *watts[row];
    }
    for (std::size_t row = pair.from.row; row < pair.to.row; ++row) {
      watts[row] = std::max(0.0, *watts[row] + left / sensor.sum(pair));
    }
  }
  return watts;
}

std::optional<double> reading_seconds(std::span<const TelemetryRow> rows) {
  std::vector<double> seconds;
  for (const ReadingPair& pair : pairs_of_readings(rows)) {
    seconds.push_back(rows[pair.to.row].telemetry.time_seconds -
                      rows[pair.from.row].telemetry.time_seconds);
  }
  if (seconds.empty()) return std::nullopt;
  return upper_median(std::move(seconds));
}

bool spread_energy(TelemetryLogHeader& header, std::span<TelemetryRow> rows, double lag_seconds) {
  const auto watts = spread_power(header, rows, lag_seconds);
  if (!watts) return false;
  header.sensor_lag_seconds = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (SpanCost* part : {&rows[i].before_effect, &rows[i].after_effect}) {
      part->energy_joules.reset();
      if ((*watts)[i]) part->energy_joules = *(*watts)[i] * part->seconds;
    }
  }
  return true;
}

}  // namespace flyball
