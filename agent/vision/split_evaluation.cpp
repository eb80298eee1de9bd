#include "agent/vision/split_evaluation.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace flyball {

namespace {

constexpr std::size_t kImagesAtOnce = 500;

bool is_right(std::span<const float> scores, std::uint8_t label) {
  return std::max_element(scores.begin(), scores.end()) - scores.begin() == label;
}

// How many rows of lambda local + (1 - lambda) remote are right.
double count_right(const SplitScores& scores, std::span<const std::uint8_t> labels, double lambda,
                   std::size_t classes) {
  double right = 0.0;
  std::vector<float> fused(classes);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    for (std::size_t i = 0; i < classes; ++i) {
      const std::size_t at = row * classes + i;
      fused[i] = static_cast<float>(lambda * scores.local[at] + (1.0 - lambda) * scores.remote[at]);
    }
    if (is_right(fused, labels[row])) right += 1.0;
  }
  return right;
}

void add(SplitPoint& point, const SplitNetwork& network, std::span<const std::uint8_t> pixels,
         std::span<const std::uint8_t> labels) {
  const std::size_t classes = network.shape().classes;
  const SplitScores scores = network.scores(pixels, point.kept);
  const SplitScores floats = network.scores(pixels, point.kept, SentAs::kFloats);
  point.local += count_right(scores, labels, 1.0, classes);
  point.remote += count_right(scores, labels, 0.0, classes);
  point.fused += count_right(scores, labels, point.lambda, classes);
  point.fused_floats += count_right(floats, labels, point.lambda, classes);
  for (std::size_t i = 0; i < kLambdas; ++i) {
    const double lambda = static_cast<double>(i) / static_cast<double>(kLambdas - 1);
    point.by_lambda[i] += count_right(scores, labels, lambda, classes);
  }
}

// Adds what the most important 1, 2, ... channels of each image hold.
void add_shares(std::vector<double>& shares, std::vector<float> importance, std::size_t channels) {
  for (std::size_t begin = 0; begin < importance.size(); begin += channels) {
    const std::span<float> row = std::span(importance).subspan(begin, channels);
    std::sort(row.begin(), row.end(), std::greater<>());
    double sum = 0.0;
    for (std::size_t i = 0; i < channels; ++i) shares[i] += sum += row[i];
  }
}

double count_whole(const SplitNetwork& network, std::span<const std::uint8_t> pixels,
                   std::span<const std::uint8_t> labels) {
  SplitScores scores = network.scores(pixels, 0);
  scores.local.assign(scores.remote.size(), 0.0F);
  return count_right(scores, labels, 0.0, network.shape().classes);
}

void divide(SplitEvaluation& sums) {
  const auto count = static_cast<double>(sums.images);
  sums.edge_only /= count;
  sums.cloud_only /= count;
  for (double& share : sums.top_shares) share /= count;
  for (SplitPoint& point : sums.points) {
    for (double* value : {&point.local, &point.remote, &point.fused, &point.fused_floats}) {
      *value /= count;
    }
    for (double& value : point.by_lambda) value /= count;
  }
}

}  // namespace

std::vector<double> tenths() {
  std::vector<double> shares;
  for (int i = 0; i <= 10; ++i) shares.push_back(i / 10.0);
  return shares;
}

std::optional<SplitEvaluation> evaluate_split_network(const SplitNetwork& network,
                                                      const LabelledImages& images,
                                                      const std::vector<double>& shares,
                                                      const EvaluationGoesOn& goes_on) {
  const std::size_t channels = network.config().channels;
  const bool is_split = network.config().kind == NetworkKind::kSplit;
  SplitEvaluation result;
  result.images = images.count();
  if (is_split) {
    result.top_shares.resize(channels);
    for (const double share : shares) {
      SplitPoint& point = result.points.emplace_back();
      point.share = share;
      point.kept =
          static_cast<std::size_t>(std::lround((1.0 - share) * static_cast<double>(channels)));
      point.lambda = network.lambda(point.kept);
    }
  }
  for (std::size_t first = 0; first < images.count(); first += kImagesAtOnce) {
    const std::size_t number = std::min(kImagesAtOnce, images.count() - first);
    const auto pixels = images.pixels_of(first, number);
    const auto labels = std::span(images.labels).subspan(first, number);
    result.cloud_only += count_whole(network, pixels, labels);
    if (is_split) {
      result.edge_only +=
          count_right(network.scores(pixels, channels), labels, 1.0, network.shape().classes);
      add_shares(result.top_shares, network.importance(pixels), channels);
    }
    for (SplitPoint& point : result.points) add(point, network, pixels, labels);
    if (goes_on && !goes_on(first + number)) return std::nullopt;
  }
  divide(result);
  return result;
}

}  // namespace flyball
