#include "agent/off_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "env/draw.h"
#include "env/statistics.h"

namespace flyball {

namespace {

constexpr std::size_t kAmounts = 4;  // energy, in-system time, served, missed
using Amounts = std::array<double, kAmounts>;

Amounts amounts_of(const Transition& t) {
  const SpanCost cost = t.cost();
  return {cost.energy_joules.value(), cost.in_system_seconds, cost.served, cost.missed};
}

// Solves a x = b for several right-hand sides, in place, by elimination with row pivoting.
void solve(std::vector<double>& a, std::vector<Amounts>& b) {
  const std::size_t size = b.size();
  for (std::size_t column = 0; column < size; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < size; ++row) {
      if (std::abs(a[row * size + column]) > std::abs(a[pivot * size + column])) pivot = row;
    }
    if (pivot != column) {
      std::swap_ranges(a.begin() + static_cast<std::ptrdiff_t>(pivot * size),
                       a.begin() + static_cast<std::ptrdiff_t>((pivot + 1) * size),
                       a.begin() + static_cast<std::ptrdiff_t>(column * size));
      std::swap(b[pivot], b[column]);
    }
    const double diagonal = a[column * size + column];
    if (diagonal == 0.0) continue;
    for (std::size_t row = column + 1; row < size; ++row) {
      const double factor = a[row * size + column] / diagonal;
      if (factor == 0.0) continue;
      for (std::size_t c = column; c < size; ++c) {
        a[row * size + c] -= factor * a[column * size + c];
      }
      for (std::size_t k = 0; k < kAmounts; ++k) b[row][k] -= factor * b[column][k];
    }
  }
  for (std::size_t row = size; row-- > 0;) {
    for (std::size_t k = 0; k < kAmounts; ++k) {
      double value = b[row][k];
      for (std::size_t c = row + 1; c < size; ++c) value -= a[row * size + c] * b[c][k];
      b[row][k] = a[row * size + row] != 0.0 ? value / a[row * size + row] : 0.0;
    }
  }
}

// psi(s, a), observations centred and scaled so that the ridge treats them alike.
class Features {
 public:
  Features(std::span<const Transition> transitions, const ValueFeatures& features)
      : phi_(features.phi), crossed_(std::min(features.crossed, features.phi.shape[1])) {
    const std::size_t inputs = transitions.front().observation.size();
    mean_.assign(inputs, 0.0);
    scale_.assign(inputs, 0.0);
    const auto count = static_cast<double>(transitions.size());
    for (const Transition& t : transitions) {
      for (std::size_t i = 0; i < inputs; ++i) {
        mean_[i] += static_cast<double>(t.observation[i]) / count;
      }
    }
    for (const Transition& t : transitions) {
      for (std::size_t i = 0; i < inputs; ++i) {
        const double difference = static_cast<double>(t.observation[i]) - mean_[i];
        scale_[i] += difference * difference / count;
      }
    }
    for (double& scale : scale_) scale = scale > 1e-10 ? 1.0 / std::sqrt(scale) : 0.0;
  }

  std::size_t size() const { return phi_.shape[1] + crossed_ * mean_.size(); }

  void write(std::span<const float> observation, std::uint32_t action,
             std::span<double> psi) const {
    const float* row = phi_.values.data() + action * phi_.shape[1];
    auto out = std::copy(row, row + phi_.shape[1], psi.begin());
    for (std::size_t f = 0; f < crossed_; ++f) {
      for (std::size_t i = 0; i < mean_.size(); ++i) {
        *out++ = static_cast<double>(row[f]) * (static_cast<double>(observation[i]) - mean_[i]) *
                 scale_[i];
      }
    }
  }

 private:
  const Tensor& phi_;
  std::size_t crossed_;
  std::vector<double> mean_;
  std::vector<double> scale_;
};

// The normal equations of a part of the log, and the policy's features summed over it.
struct Block {
  std::vector<double> matrix;
  std::vector<Amounts> right;
  std::vector<double> visited;

  explicit Block(std::size_t size) : matrix(size * size), right(size), visited(size) {}

  void add(const Block& other) {
    for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] += other.matrix[i];
    for (std::size_t i = 0; i < right.size(); ++i) {
      visited[i] += other.visited[i];
      for (std::size_t k = 0; k < kAmounts; ++k) right[i][k] += other.right[i][k];
    }
  }

  // Sums of the amounts under the policy, up to a common factor.
  Amounts values(double ridge) const {
    std::vector<double> a = matrix;
    std::vector<Amounts> theta = right;
    double trace = 0.0;
    for (std::size_t i = 0; i < theta.size(); ++i) trace += std::abs(a[i * theta.size() + i]);
    const double added = ridge * trace / static_cast<double>(theta.size());
    for (std::size_t i = 0; i < theta.size(); ++i) a[i * theta.size() + i] += added;
    solve(a, theta);
    Amounts sums{};
    for (std::size_t i = 0; i < theta.size(); ++i) {
      for (std::size_t k = 0; k < kAmounts; ++k) sums[k] += visited[i] * theta[i][k];
    }
    return sums;
  }
};

std::vector<Block> blocks_of(const PolicyOnLog& log, const ValueFeatures& form,
                             const EvaluationConfig& config) {
  const Features features(log.transitions, form);
  const std::size_t size = features.size();
  const std::size_t rows = log.transitions.size();
  const std::size_t count = std::min(config.blocks, rows);
  std::vector<Block> blocks(count, Block(size));
  std::vector<double> taken(size);
  std::vector<double> chosen(size);
  std::vector<double> difference(size);
  for (std::size_t row = 0; row < rows; ++row) {
    Block& block = blocks[row * count / rows];
    const Transition& t = log.transitions[row];
    features.write(t.observation, t.action, taken);
    difference = taken;
    const double discount =
        t.terminated ? 0.0 : std::pow(config.gamma, t.seconds / config.period_seconds);
    if (discount > 0.0) {
      features.write(t.next_observation, log.next_actions[row], chosen);
      for (std::size_t i = 0; i < size; ++i) difference[i] -= discount * chosen[i];
    }
    features.write(t.observation, log.actions[row], chosen);
    const Amounts amounts = amounts_of(t);
    for (std::size_t i = 0; i < size; ++i) {
      block.visited[i] += chosen[i];
      const double weighted = t.weight * taken[i];
      if (weighted == 0.0) continue;
      for (std::size_t c = 0; c < size; ++c) block.matrix[i * size + c] += weighted * difference[c];
      for (std::size_t k = 0; k < kAmounts; ++k) block.right[i][k] += weighted * amounts[k];
    }
  }
  return blocks;
}

using Figures = std::array<double, 3>;  // energy, latency, misses per request

Figures per_request(const Amounts& sums) {
  return {sums[0] / sums[2], sums[1] / sums[2], sums[3] / sums[2]};
}

// From the figures of the whole and of bootstrap samples.
RequestFigures with_intervals(const Figures& whole, const std::vector<Figures>& samples) {
  const auto estimate = [&](std::size_t k) {
    std::vector<double> values;
    for (const Figures& sample : samples) values.push_back(sample[k]);
    return Estimate{whole[k],
                    {interpolated_quantile(values, 0.025), interpolated_quantile(values, 0.975)}};
  };
  return {estimate(0), estimate(1), estimate(2)};
}

// A window of decisions as importance sampling sees it: per decision the weight so far and the
// discounted amounts.
struct Window {
  std::vector<double> weights;
  std::vector<Amounts> amounts;
};

std::optional<Window> window_at(const PolicyOnLog& log, const EvaluationConfig& config,
                                std::size_t begin, std::size_t length) {
  Window window;
  double weight = 1.0;
  double discount = 1.0;
  for (std::size_t row = begin; row < begin + length; ++row) {
    const Transition& t = log.transitions[row];
    if (!t.probability || *t.probability >= 1.0 || *t.probability <= 0.0) return std::nullopt;
    weight *= log.actions[row] == t.action ? 1.0 / *t.probability : 0.0;
    Amounts amounts = amounts_of(t);
    for (double& amount : amounts) amount *= discount;
    window.weights.push_back(weight);
    window.amounts.push_back(amounts);
    discount *= std::pow(config.gamma, t.seconds / config.period_seconds);
    const bool ends = t.terminated || t.truncated;
    if (ends && row + 1 < begin + length) return std::nullopt;
  }
  return window;
}

// Per decision, weighted: each decision's amounts by the weights up to it, divided by their sum.
Amounts weighted_sums(std::span<const Window> windows, std::span<const std::size_t> drawn) {
  Amounts sums{};
  for (std::size_t t = 0; t < windows.front().weights.size(); ++t) {
    double weights = 0.0;
    Amounts amounts{};
    for (const std::size_t i : drawn) {
      weights += windows[i].weights[t];
      for (std::size_t k = 0; k < kAmounts; ++k) {
        amounts[k] += windows[i].weights[t] * windows[i].amounts[t][k];
      }
    }
    if (weights <= 0.0) continue;
    for (std::size_t k = 0; k < kAmounts; ++k) sums[k] += amounts[k] / weights;
  }
  return sums;
}

double effective_samples(std::span<const Window> windows) {
  double sum = 0.0;
  double squares = 0.0;
  for (const Window& window : windows) {
    sum += window.weights.back();
    squares += window.weights.back() * window.weights.back();
  }
  return squares > 0.0 ? sum * sum / squares : 0.0;
}

std::vector<std::size_t> draw_with_replacement(std::size_t count, std::mt19937_64& random) {
  std::vector<std::size_t> drawn(count);
  for (std::size_t& i : drawn) i = draw_index(random, count);
  return drawn;
}

}  // namespace

void validate(const EvaluationConfig& config) {
  const auto require = [](bool holds, const char* key, double value, const char* range) {
    if (!holds) throw std::invalid_argument(fmt::format("{} = {}: must be {}", key, value, range));
  };
  require(config.gamma >= 0.0 && config.gamma < 1.0, "gamma", config.gamma, "in [0, 1)");
  require(config.period_seconds > 0.0, "period_seconds", config.period_seconds, "> 0");
  require(config.ridge > 0.0, "ridge", config.ridge, "> 0");
  require(config.blocks > 1, "blocks", static_cast<double>(config.blocks), "> 1");
  require(config.samples > 1, "samples", static_cast<double>(config.samples), "> 1");
}

RequestFigures fitted_q_evaluation(const PolicyOnLog& log, const ValueFeatures& features,
                                   const EvaluationConfig& config) {
  validate(config);
  if (log.transitions.empty()) throw std::invalid_argument("no transitions to evaluate on");
  const std::vector<Block> blocks = blocks_of(log, features, config);
  const std::size_t size = blocks.front().visited.size();
  const auto sum_of = [&](std::span<const std::size_t> which) {
    Block sum(size);
    for (const std::size_t i : which) sum.add(blocks[i]);
    return per_request(sum.values(config.ridge));
  };
  std::vector<std::size_t> all(blocks.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::mt19937_64 random(config.seed);
  std::vector<Figures> samples;
  for (std::size_t i = 0; i < config.samples; ++i) {
    samples.push_back(sum_of(draw_with_replacement(blocks.size(), random)));
  }
  return with_intervals(sum_of(all), samples);
}

ImportanceEstimate importance_sampling(const PolicyOnLog& log, const EvaluationConfig& config) {
  validate(config);
  const auto length =
      config.gamma > 0.0
          ? static_cast<std::size_t>(std::ceil(std::log(0.05) / std::log(config.gamma)))
          : std::size_t{1};
  std::vector<Window> windows;
  for (std::size_t begin = 0; begin + length <= log.transitions.size();) {
    std::optional<Window> window = window_at(log, config, begin, length);
    begin += window ? length : 1;
    if (window) windows.push_back(std::move(*window));
  }
  ImportanceEstimate estimate;
  estimate.windows = windows.size();
  if (!windows.empty()) estimate.effective_samples = effective_samples(windows);
  if (estimate.effective_samples < kLeastEffectiveSamples) return estimate;
  std::vector<std::size_t> all(windows.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::mt19937_64 random(config.seed);
  std::vector<Figures> samples;
  for (std::size_t i = 0; i < config.samples; ++i) {
    samples.push_back(
        per_request(weighted_sums(windows, draw_with_replacement(windows.size(), random))));
  }
  estimate.figures = with_intervals(per_request(weighted_sums(windows, all)), samples);
  return estimate;
}

}  // namespace flyball
