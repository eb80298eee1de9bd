#include <flyball/agent/statistics.h>

#include <vector>

int main() {
  return flyball::interquartile_mean(std::vector<double>{1.0, 2.0, 3.0}) == 2.0 ? 0 : 1;
}
