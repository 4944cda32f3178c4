"""Files with schedules: JSON and YAML read strictly, and what makes a deployment like one."""
