#include <flyball/agent/statistics.h>

#include <vector>

int main() { return flyball::quantile(std::vector<double>{1.0, 2.0, 3.0}, 0.5) == 2.0 ? 0 : 1; }
