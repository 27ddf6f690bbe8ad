"""SQuaSH for Jenkins: follow the quality metrics of CI builds."""
