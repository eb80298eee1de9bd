// Serves and learns on: 50 requests a second are answered by a network whose last layer is
// fine-tuned between them, one minibatch at a time, whenever flyballd lets it. After a third of the
// time the world changes, so that the answers become wrong until it has learned. Ends after SECONDS
// (10).
//
//   fine_tuning [SECONDS]
//
// What the layers below would take is a sleep, so it runs anywhere; the last layer, its training
// and its data are real. Where no flyballd governs nothing is trained.
#include <flyball.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kFeatures = 16;
constexpr std::size_t kClasses = 4;
constexpr std::size_t kMinibatch = 16;
constexpr std::size_t kMemory = 64;  // of the last requests, whose right answers are known by now
constexpr double kMinibatchSeconds = 0.006;  // as we expect; flyball_trained() tells what it is
constexpr double kDeadlineSeconds = 0.1;
constexpr float kRate = 0.2F;

using Features = std::array<float, kFeatures>;
struct Sample {
  Features features{};
  std::size_t answer = 0;
};

void work_for(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Four kinds of things around four points, which lie elsewhere after the change.
class World {
 public:
  Sample next() {
    Sample sample;
    sample.answer = random_() % kClasses;
    for (std::size_t f = 0; f < kFeatures; ++f) {
      const std::size_t kind = changed_ ? (sample.answer + 1) % kClasses : sample.answer;
      const float centre = f % kClasses == kind ? 1.0F : 0.0F;
      sample.features[f] = centre + 0.4F * noise_(random_);
    }
    return sample;
  }
  void change() { changed_ = true; }

 private:
  std::mt19937 random_{1};
  std::normal_distribution<float> noise_;
  bool changed_ = false;
};

// The last layer: linear, with a softmax.
class Head {
 public:
  std::size_t answer(const Features& features) const {
    const std::array<float, kClasses> scores = probabilities(features);
    return static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) -
                                    scores.begin());
  }
  // A step down the gradient of the cross entropy of one sample.
  void step(const Sample& sample) {
    const std::array<float, kClasses> scores = probabilities(sample.features);
    for (std::size_t c = 0; c < kClasses; ++c) {
      const float error = scores[c] - (c == sample.answer ? 1.0F : 0.0F);
      for (std::size_t f = 0; f < kFeatures; ++f) {
        weights_[c][f] -= kRate * error * sample.features[f];
      }
    }
  }

 private:
  std::array<float, kClasses> probabilities(const Features& features) const {
    std::array<float, kClasses> scores{};
    float sum = 0.0F;
    for (std::size_t c = 0; c < kClasses; ++c) {
      for (std::size_t f = 0; f < kFeatures; ++f) scores[c] += weights_[c][f] * features[f];
      scores[c] = std::exp(std::min(scores[c], 50.0F));
      sum += scores[c];
    }
    for (float& score : scores) score /= sum;
    return scores;
  }

  std::array<Features, kClasses> weights_{};
};

// Requests and how many of them got the right answer.
struct Score {
  int requests = 0;
  int right = 0;
  double percent() const { return requests > 0 ? 100.0 * right / requests : 0.0; }
};

class Server {
 public:
  explicit Server(FlyballLink* link) : link_(link) {
    for (int i = 0; i < 2000; ++i) head_.step(world_.next());  // as it was delivered
  }

  void serve(std::int64_t arrival_ns, Score& score) {
    FlyballRequest request = flyball_begin(link_, arrival_ns);
    const Sample sample = world_.next();
    work_for(3);  // the layers below
    const std::size_t answer = head_.answer(sample.features);
    flyball_end(link_, &request);
    ++score.requests;
    if (answer == sample.answer) ++score.right;
    known_.push_back(sample);
    if (known_.size() > kMemory) known_.erase(known_.begin());
  }
  // One minibatch, if it may be now.
  void train() {
    if (known_.size() < kMinibatch || flyball_may_train(link_, kMinibatchSeconds) == 0) return;
    const std::int64_t began_ns = flyball_now_ns();
    work_for(5);  // the layers below, forwards
    for (std::size_t i = 0; i < kMinibatch; ++i) head_.step(known_[random_() % known_.size()]);
    flyball_trained(link_, began_ns);
    ++minibatches_;
  }
  void change_world() {
    world_.change();
    known_.clear();
  }
  int minibatches() const { return minibatches_; }

 private:
  FlyballLink* link_;
  World world_;
  Head head_;
  std::vector<Sample> known_;
  std::mt19937 random_{2};
  int minibatches_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 10.0;
  FlyballOptions options = {};
  options.deadline_seconds = kDeadlineSeconds;
  FlyballLink* link = flyball_open(&options);
  if (link == nullptr) {  // no reason not to work
    std::fprintf(stderr, "fine_tuning: requests are not reported: %s\n", std::strerror(errno));
  }

  Server server(link);
  constexpr std::int64_t kPeriodNs = 20'000'000;
  const std::int64_t begin_ns = flyball_now_ns();
  const auto requests = static_cast<std::int64_t>(seconds * 1e9) / kPeriodNs;
  std::array<Score, 3> thirds;
  for (std::int64_t i = 0; i < requests; ++i) {
    const std::int64_t arrival_ns = begin_ns + i * kPeriodNs;
    if (i == requests / 3) server.change_world();
    while (flyball_now_ns() < arrival_ns) {
      server.train();
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    server.serve(arrival_ns,
                 thirds[std::min<std::size_t>(
                     2, static_cast<std::size_t>(3 * i / std::max<std::int64_t>(1, requests)))]);
  }
  std::printf(
      "fine_tuning: right before the change %.0f %%, after it %.0f %%, at the end %.0f %%\n",
      thirds[0].percent(), thirds[1].percent(), thirds[2].percent());
  std::printf("fine_tuning: %d minibatches\n", server.minibatches());
  flyball_close(link);
  return 0;
}
