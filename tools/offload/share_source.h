// The share of the channels that is to be sent: a number, or a file that holds one and may change
// meanwhile. Not thread-safe.
#pragma once

#include <optional>
#include <string>

namespace flyball {

// "0.5" and white space; absent: it is no number from 0 to 1. Pure function.
std::optional<double> parse_share(const std::string& text);

class ShareSource {
 public:
  explicit ShareSource(double share) : share_(share) {}
  // Throws DataError where the file holds no share now.
  explicit ShareSource(std::string file);

  // Reads the file anew. While it is missing, or holds no share, the last one stays.
  double share();

 private:
  std::optional<double> read() const;

  std::string file_;  // empty: fixed
  double share_ = 0.0;
};

}  // namespace flyball
