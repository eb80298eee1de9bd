// How many times as long a batch of inference takes while a minibatch of training runs beside it on
// the same accelerator: PolyThrottle's linear model of five features (section 6), fitted by least
// squares and refitted with every co-run that is seen. Values; not thread-safe.
//
// Hardware counters are not among the features, on purpose: what they ask for is known of a pair
// of workloads before the two ever met.
#pragma once

#include <array>
#include <cstddef>

namespace flyball {

// Any units, as long as all samples of a predictor have the same: operations in GPU cycles, say,
// and intensity in these per cycle of the memory. All above 0.
struct CorunFeatures {
  double inference_work = 1.0;       // operations of a batch
  double inference_intensity = 1.0;  // operations per byte moved
  double tuning_work = 1.0;          // of a minibatch
  double tuning_intensity = 1.0;
  double batch = 1.0;  // requests
};

// The paper is silent on scales; workloads differ by factors of a hundred.
enum class FeatureScale { kPlain, kLogarithmic };

class CorunPredictor {
 public:
  explicit CorunPredictor(FeatureScale scale = FeatureScale::kLogarithmic);

  // One co-run that was measured, `slowdown` times as long as alone. All samples together are
  // ridge regression, whatever their order. Requires: features above 0.
  void learn(const CorunFeatures& features, double slowdown);
  // The same of a running application: the coefficients may have moved by a little since the last
  // sample, so that new ones count for more (a Kalman filter over a random walk of coefficients).
  void learn_online(const CorunFeatures& features, double slowdown);

  // At least 1; without a sample 2, as two tenants that take turns.
  double slowdown(const CorunFeatures& features) const;
  std::size_t samples() const { return samples_; }

 private:
  static constexpr std::size_t kSize = 6;  // with the constant
  using Row = std::array<double, kSize>;

  Row row_of(const CorunFeatures& features) const;
  void update(const Row& row, double slowdown);

  FeatureScale scale_;
  Row coefficients_{};
  std::array<Row, kSize> covariance_{};  // of the coefficients, over that of a sample's error
  std::size_t samples_ = 0;
};

}  // namespace flyball
