import subprocess

subprocess.run(["ssh", "ops@nas.example", "true"])
