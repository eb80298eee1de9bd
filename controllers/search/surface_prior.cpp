#include "controllers/search/surface_prior.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace flyball {

namespace {

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

// Logarithms, relative to the start.
Eigen::VectorXd relative_logs(const SearchSpace& space, const std::vector<double>& values) {
  Eigen::VectorXd logs(index(values.size()));
  const double start = std::log(values[space.start()]);
  for (std::size_t c = 0; c < values.size(); ++c) logs[index(c)] = std::log(values[c]) - start;
  return logs;
}

void require_surface(const SearchSpace& space, const WorkloadSurface& surface) {
  const auto check = [&](const char* what, const std::vector<double>& values) {
    const bool is_good = values.size() == space.size() &&
                         std::ranges::all_of(values, [](double v) { return v > 0.0; });
    if (is_good) return;
    throw std::invalid_argument(
        fmt::format("{} of {}: not one value above 0 for each of {} settings", what,
                    surface.workload, space.size()));
  };
  check("seconds", surface.seconds);
  check("joules", surface.joules);
}

// Of several surfaces: their mean, and what a new one of their kind may add to it. If all are drawn
// from one normal distribution, a further one has the covariance (1 + 1/n) / (n - 1) sum d d'.
QuantityPrior spanned(const std::vector<Eigen::VectorXd>& surfaces) {
  const auto count = static_cast<double>(surfaces.size());
  QuantityPrior prior;
  prior.mean = Eigen::VectorXd::Zero(surfaces.front().size());
  for (const Eigen::VectorXd& surface : surfaces) prior.mean += surface / count;
  const bool is_alone = surfaces.size() == 1;
  prior.features.resize(prior.mean.size(), is_alone ? 0 : index(surfaces.size()));
  const double scale = is_alone ? 0.0 : std::sqrt((1.0 + 1.0 / count) / (count - 1.0));
  for (Eigen::Index j = 0; j < prior.features.cols(); ++j) {
    prior.features.col(j) = scale * (surfaces[static_cast<std::size_t>(j)] - prior.mean);
  }
  return prior;
}

// An elasticity of its own per knob, so that no knob is ever believed to be free.
void add_elasticities(const SearchSpace& space, double deviation, QuantityPrior& prior) {
  const Eigen::Index first = prior.features.cols();
  prior.features.conservativeResize(index(space.size()), first + index(space.knob_count()));
  for (std::size_t c = 0; c < space.size(); ++c) {
    for (std::size_t k = 0; k < space.knob_count(); ++k) {
      prior.features(index(c), first + index(k)) =
          deviation * (space.logs(c)[k] - space.logs(space.start())[k]);
    }
  }
}

// What is learned of a quantity.
struct Hyper {
  double elasticity = 0.05;
  double deviation = 0.02;
  double length = 0.7;
  double roughness = 0.01;  // of the one against the others' mean
};

// One workload in the others' place, at some candidates.
struct Trial {
  QuantityPrior before;  // of the others
  Eigen::VectorXd rest;  // its surface without their mean
};

constexpr std::size_t kMostPoints = 120;
constexpr double kSteps[] = {0.5, 2.0};
constexpr int kRounds = 12;

std::vector<std::size_t> working_points(const SearchSpace& space,
                                        const std::vector<Eigen::VectorXd>& seconds,
                                        double working) {
  std::vector<std::size_t> all;
  for (std::size_t c = 0; c < space.size(); ++c) {
    const bool works = std::ranges::all_of(
        seconds, [&](const Eigen::VectorXd& s) { return s[index(c)] <= std::log(working); });
    if (works) all.push_back(c);
  }
  if (all.size() <= kMostPoints) return all;
  // Evenly through the numbering by the golden ratio: whatever the levels' counts, no regular grid.
  std::vector<std::size_t> some;
  double place = 0.0;
  for (std::size_t i = 0; i < kMostPoints; ++i) {
    place = std::fmod(place + std::numbers::phi - 1.0, 1.0);
    some.push_back(all[static_cast<std::size_t>(place * static_cast<double>(all.size()))]);
  }
  std::ranges::sort(some);
  some.erase(std::unique(some.begin(), some.end()), some.end());
  return some;
}

class HyperFit {
 public:
  HyperFit(const SearchSpace& space, const std::vector<Eigen::VectorXd>& surfaces,
           std::vector<std::size_t> points)
      : space_(space), points_(std::move(points)) {
    for (std::size_t j = 0; j < surfaces.size(); ++j) {
      std::vector<Eigen::VectorXd> others;
      for (std::size_t i = 0; i < surfaces.size(); ++i) {
        if (i != j) others.push_back(surfaces[i]);
      }
      QuantityPrior before = spanned(others);
      trials_.push_back({before, surfaces[j] - before.mean});
    }
  }

  // Coordinate ascent by factors, ever smaller.
  Hyper fit() const {
    Hyper best;
    double most = density(best);
    double finer = 1.0;
    for (int round = 0; round < kRounds; ++round) {
      bool improved = false;
      for (double Hyper::*field :
           {&Hyper::elasticity, &Hyper::deviation, &Hyper::length, &Hyper::roughness}) {
        for (const double step : kSteps) {
          Hyper next = best;
          next.*field *= std::pow(step, finer);
          const double there = density(next);
          if (there <= most) continue;
          best = next;
          most = there;
          improved = true;
        }
      }
      if (!improved) finer *= 0.5;
    }
    return best;
  }

 private:
  // The trials' log likelihood and a wide log-normal belief.
  double density(const Hyper& hyper) const {
    double sum = 0.0;
    const auto pull = [&](double value, double usual) {
      sum -= 0.5 * std::pow(std::log(value / usual) / 1.5, 2);
    };
    const Hyper usual;
    pull(hyper.elasticity, usual.elasticity);
    pull(hyper.deviation, usual.deviation);
    pull(hyper.length, usual.length);
    pull(hyper.roughness, usual.roughness);
    for (const Trial& trial : trials_) sum += log_likelihood(trial, hyper);
    return sum;
  }

  double log_likelihood(const Trial& trial, const Hyper& hyper) const {
    const Eigen::Index count = index(points_.size());
    QuantityPrior prior = trial.before;
    Eigen::MatrixXd features(count, prior.features.cols() + index(space_.knob_count()));
    Eigen::VectorXd rest(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      const std::size_t c = points_[static_cast<std::size_t>(i)];
      rest[i] = trial.rest[index(c)];
      features.row(i).head(prior.features.cols()) = prior.features.row(index(c));
      for (std::size_t k = 0; k < space_.knob_count(); ++k) {
        features(i, prior.features.cols() + index(k)) =
            hyper.elasticity * (space_.logs(c)[k] - space_.logs(space_.start())[k]);
      }
    }
    Eigen::MatrixXd gram = features * features.transpose();
    gram.array() += 1.0;  // the level
    for (Eigen::Index i = 0; i < count; ++i) {
      for (Eigen::Index j = 0; j <= i; ++j) {
        const double distance = kernel_distance(space_, points_[static_cast<std::size_t>(i)],
                                                points_[static_cast<std::size_t>(j)]);
        const double process = hyper.deviation * hyper.deviation * matern(distance / hyper.length);
        gram(i, j) += process;
        if (i != j) gram(j, i) += process;
      }
      gram(i, i) += hyper.roughness * hyper.roughness;
    }
    const Eigen::LLT<Eigen::MatrixXd> factor(gram);
    return -0.5 * rest.dot(factor.solve(rest)) - factor.matrixLLT().diagonal().array().log().sum();
  }

  const SearchSpace& space_;
  std::vector<std::size_t> points_;
  std::vector<Trial> trials_;
};

QuantityPrior learned(const SearchSpace& space, const std::vector<Eigen::VectorXd>& surfaces,
                      const std::vector<std::size_t>& points, const Hyper& without) {
  const bool can_learn = surfaces.size() > 1 && points.size() > 2;
  const Hyper hyper = can_learn ? HyperFit(space, surfaces, points).fit() : without;
  QuantityPrior prior = spanned(surfaces);
  add_elasticities(space, hyper.elasticity, prior);
  prior.deviation = hyper.deviation;
  prior.length = hyper.length;
  prior.roughness = hyper.roughness;
  if (can_learn) {  // a mean of more surfaces is less rough
    const auto count = static_cast<double>(surfaces.size());
    prior.roughness *= std::sqrt((1.0 + 1.0 / count) / (1.0 + 1.0 / (count - 1.0)));
  }
  return prior;
}

// Of one other workload alone, of none, and of nothing at all.
constexpr Hyper kOneOther{0.1, 0.03, 0.7, 0.01};
constexpr Hyper kNoOther{0.15, 0.05, 0.7, 0.01};
constexpr Hyper kNothing{0.5, 0.1, 0.7, 0.01};

// A workload most of whose time is spent in one knob's domain.
WorkloadSurface bottleneck(const SearchSpace& space, std::size_t knob) {
  constexpr double kMain = 0.7;      // of the time
  constexpr double kStatic = 0.4;    // of the power
  constexpr double kExponent = 2.2;  // of a clock's power: f V^2 where V rises slowly with f
  constexpr double kPerBatch = 0.3;  // of a batch's time, however small the batch
  WorkloadSurface surface;
  const auto knobs = static_cast<double>(space.knob_count());
  for (std::size_t c = 0; c < space.size(); ++c) {
    double seconds = 0.0;
    double watts = kStatic;
    double requests = 1.0;
    for (std::size_t k = 0; k < space.knob_count(); ++k) {
      const double rate = std::exp(space.logs(c)[k] - space.logs(space.start())[k]);
      const double others = knobs > 1.0 ? (1.0 - kMain) / (knobs - 1.0) : 0.0;
      const double share = k == knob ? kMain : others;
      if (space.knobs()[k].is_application()) {
        requests *= rate;
        seconds += share;
        watts += (1.0 - kStatic) * share;
      } else {
        seconds += share / rate;
        watts += (1.0 - kStatic) * share * std::pow(rate, kExponent);
      }
    }
    seconds *= kPerBatch + (1.0 - kPerBatch) * requests;
    surface.seconds.push_back(seconds);
    surface.joules.push_back(watts * seconds / requests);
  }
  return surface;
}

// A clock's period, relative to that of the highest; of a batch the logarithm.
double coordinate(const SearchSpace& space, std::size_t candidate, std::size_t knob) {
  const double log = space.logs(candidate)[knob] - space.logs(space.start())[knob];
  return space.knobs()[knob].is_application() ? log : std::exp(-log);
}

}  // namespace

SurfacePrior flat_prior(const SearchSpace& space) {
  const QuantityPrior flat =
      learned(space, {Eigen::VectorXd::Zero(index(space.size()))}, {}, kNothing);
  return {flat, flat, false};
}

double matern(double distance) {
  const double r = std::sqrt(5.0) * distance;
  return (1.0 + r + r * r / 3.0) * std::exp(-r);
}

double kernel_distance(const SearchSpace& space, std::size_t a, std::size_t b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < space.knob_count(); ++k) {
    const double apart = coordinate(space, a, k) - coordinate(space, b, k);
    sum += apart * apart;
  }
  return std::sqrt(sum);
}

SurfacePrior learned_prior(const SearchSpace& space, std::span<const WorkloadSurface> others,
                           double working) {
  std::vector<Eigen::VectorXd> seconds;
  std::vector<Eigen::VectorXd> joules;
  for (const WorkloadSurface& other : others) {
    require_surface(space, other);
    seconds.push_back(relative_logs(space, other.seconds));
    joules.push_back(relative_logs(space, other.joules));
  }
  const std::vector<std::size_t> points = working_points(space, seconds, working);
  const bool all_measured = std::ranges::none_of(others, &WorkloadSurface::is_predicted);
  return {learned(space, seconds, points, kOneOther), learned(space, joules, points, kOneOther),
          others.size() > 1 && all_measured};
}

SurfacePrior generic_prior(const SearchSpace& space) {
  std::vector<Eigen::VectorXd> seconds;
  std::vector<Eigen::VectorXd> joules;
  for (std::size_t k = 0; k < space.knob_count(); ++k) {
    const WorkloadSurface surface = bottleneck(space, k);
    seconds.push_back(relative_logs(space, surface.seconds));
    joules.push_back(relative_logs(space, surface.joules));
  }
  return {learned(space, seconds, {}, kNoOther), learned(space, joules, {}, kNoOther), false};
}

}  // namespace flyball
