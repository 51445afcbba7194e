import random
random.seed(4)
for k in range(8):
    with open(f"m{k}.cc","w") as f:
        f.write("#include <map>\n#include <string>\n#include <vector>\n#include <algorithm>\n#include <regex>\n")
        for i in range(60):
            f.write(f"struct S{k}_{i} {{ int a; std::string b; std::map<int,std::vector<std::string>> m; }};\n")
            f.write(f"int f{k}_{i}(S{k}_{i}& s, int n) {{ int r=0; for (int i=0;i<n;i++) {{ s.m[i%7].push_back(std::to_string(i*{i}+s.a)); for (auto& v : s.m[i%5]) r += (int)v.size(); std::sort(s.m[i%7].begin(), s.m[i%7].end()); }} return r; }}\n")
with open("main.cc","w") as f:
    f.write("int main(){return 0;}\n")
